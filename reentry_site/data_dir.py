"""DATA_DIR: the one folder that holds what must not be lost or read by others. Made once, never re-made.

`manage.py` calls it before the settings are read, because they read the secrets it makes.
"""

import fcntl
import os
import secrets
from pathlib import Path

DATABASE = "db.sqlite3"
SECRET_KEY = "secrets/secret_key"  # noqa: S105 (a file name)
SEALING_KEY = "keys/seal-0001.key"
LOOKUP_KEY = "keys/lookup.key"
SPOOL = "spool"
SPOOL_FILE = "spool.sqlite3"
#: Written last. Once it stands, a missing file is an alarm and is never replaced by an empty one.
COMPLETE = "complete"
#: Locked by every process that uses this folder, so that a restore sees whether one does.
IN_USE = "in-use"
_held: list[int] = []


class Unusable(Exception):
    """DATA_DIR cannot be used; the message is one line for the person who started the command."""


def prepare(folder: Path, *, restoring: bool = False) -> None:
    """Make DATA_DIR (0700) with its secrets and an empty database (0600) on first use; check them on any other.

    `restoring`: the database may have gone. Raises Unusable when DATA_DIR cannot be written, holds other things, or
    when a file that was there has gone.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / COMPLETE).exists():
            _check(folder, may_lack={DATABASE} if restoring else set())
            _check_spool(_spool(folder))
        else:
            _refuse_what_is_not_new(folder)
            _fill(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError
    except OSError as error:
        raise Unusable(
            f"DATA_DIR {folder} cannot be used ({error.strerror or 'no permission to write'}). "
            "Set DATA_DIR to a folder that this account can write."
        ) from error


def hold(folder: Path, *, alone: bool = False) -> None:
    """From now on this process uses DATA_DIR, beside others or `alone`, until it has ended, by whatever ends it.

    Raises Unusable where a restore is under way, or (`alone`) while anything else uses it.
    """
    descriptor = os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        why = "the site, its sweeper or another command uses it: end them first" if alone else "a restore is under way"
        raise Unusable(f"DATA_DIR {folder} cannot be used now: {why}.") from error
    _held.append(descriptor)


def _refuse_what_is_not_new(folder: Path) -> None:
    """A first use that was cut short goes on. Anything else here is someone's, or is data whose keys have gone."""
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    names -= {"secrets", "keys", SPOOL, "lost+found"}
    if DATABASE in names and not (folder / DATABASE).stat().st_size:
        names.remove(DATABASE)
    if names:
        raise Unusable(
            f"DATA_DIR {folder} holds {min(names)}, but not the file `{COMPLETE}` that a finished first start leaves. "
            "Nothing was changed: bring the folder back from your copy, or name an empty one."
        )


def _fill(folder: Path) -> None:
    folder.chmod(0o700)
    for name in ("secrets", "keys"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    write_once(folder / SECRET_KEY, secrets.token_urlsafe(64).encode())
    write_once(folder / SEALING_KEY, secrets.token_bytes(32))
    write_once(folder / LOOKUP_KEY, secrets.token_bytes(32))
    if not _has_own_database():
        write_once(folder / DATABASE, b"")
    _make_spool(_spool(folder))
    write_once(folder / ".gitignore", b"*\n")  # wherever it lies, no checkout takes it in
    write_once(folder / COMPLETE, b"1\n")


def write_once(path: Path, content: bytes) -> None:
    """Create a 0600 file in one step, on the disk when this returns; whoever comes second leaves it alone."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
    put_on_disk(path.parent)


def put_on_disk(path: Path) -> None:
    """When this returns the file, or the names in the folder, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes) -> None:
    """In one step: whoever reads meanwhile gets the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _spool(folder: Path) -> Path:
    return Path(os.environ.get("SPOOL_DIR", "").strip() or folder / SPOOL)


def _make_spool(spool: Path) -> None:
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_once(spool / SPOOL_FILE, b"")


def _check_spool(spool: Path) -> None:
    """A place that is not there is new. One that is, without its file, has lost it: requests may have waited in it."""
    if not spool.exists():
        _make_spool(spool)
    elif not (spool / SPOOL_FILE).exists():
        raise Unusable(
            f"{SPOOL_FILE} is missing from {spool}, where requests wait while the database is away. Nothing was put in "
            "its place: bring the file back. If this place is new, make an empty file of that name there."
        )


def _has_own_database() -> bool:
    """Whether the database lives elsewhere, so that none is kept here."""
    return bool(os.environ.get("DATABASE_URL"))


def _check(folder: Path, may_lack: set[str]) -> None:
    needed = [SECRET_KEY, LOOKUP_KEY]
    if not any((folder / "keys").glob("seal-*.key")):  # the first of them may have been forgotten since (rotate_keys)
        needed.append(SEALING_KEY)
    if not _has_own_database():
        needed.append(DATABASE)
    for name in needed:
        if name not in may_lack and not (folder / name).exists():
            raise Unusable(
                f"{name} is missing from DATA_DIR {folder}. Nothing was put in its place: "
                "bring the file back from your copy, or name another DATA_DIR to start anew."
            )
