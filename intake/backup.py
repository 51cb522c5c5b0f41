"""One file that holds all that was confirmed: the database, and what waits in the spool. Never a key.

An uncompressed tar: `manifest.json` (what is in it, and the SHA-256 of each part), `spool`, `database`.
"""

import base64
import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import shutil
import tarfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pydantic
from django.conf import settings
from django.db import connection
from django.utils import timezone

from intake import copies, spool
from intake.copies import Contents
from reentry_site import data_dir

FORMAT = 1
MANIFEST, SPOOL, DATABASE = "manifest.json", "spool", "database"
#: Where a backup is made, beside its file: in the same place, so that it is renamed there in one step.
ROOM = ".backup-unfinished"
BLOCK = 1024 * 1024

Tell = Callable[[str], object]


class Refused(Exception):
    """The message is for who started the command."""


class Manifest(pydantic.BaseModel):
    """`digests`: the SHA-256 of each part. `spooled`: how many waited in the spool."""

    format: int
    made_at: datetime.datetime
    kind: str
    contents: Contents
    spooled: int
    digests: dict[str, str]


def make(file: Path, tell: Tell) -> Manifest:
    """Write a backup of everything that was confirmed before this began. Raises Refused, copies.CannotCopy,
    spool.Unavailable, OSError, django.db.Error."""
    _refuse_place(file)
    with workroom(file.parent / ROOM) as room:
        made_at = timezone.now()
        # First: what the sweeper moves into the database meanwhile is then in both, and is stored once all the same.
        waiting = spool.rows()
        (room / SPOOL).write_text(json.dumps([_as_text(row) for row in waiting]))
        tell("Copying the database.")
        contents = copies.copy(room / DATABASE)
        tell("Putting it into one file.")
        manifest = Manifest(
            format=FORMAT,
            made_at=made_at,
            kind=connection.vendor,
            contents=contents,
            spooled=len(waiting),
            digests={part: _digest(room / part) for part in (SPOOL, DATABASE)},
        )
        (room / MANIFEST).write_text(manifest.model_dump_json())
        whole = room / "whole"
        with tarfile.open(whole, "w") as tar:
            for part in (MANIFEST, SPOOL, DATABASE):
                tar.add(room / part, part, filter=_without_account)
        whole.chmod(0o600)
        data_dir.put_on_disk(whole)
        _refuse_place(file)
        whole.rename(file)
        data_dir.put_on_disk(file.parent)
    return manifest


def unpack(file: Path, room: Path) -> tuple[Manifest, list[spool.Waiting]]:
    """Write its database into this folder as the file `database`; every byte is checked. Raises Refused."""
    try:
        with tarfile.open(file, "r:") as tar:
            manifest = Manifest.model_validate_json(_part(tar, MANIFEST).read())
            if manifest.format != FORMAT:
                raise Refused(f"{file} is a backup of format {manifest.format}. This version reads format {FORMAT}.")
            for part in (SPOOL, DATABASE):
                with (room / part).open("wb") as target:
                    shutil.copyfileobj(_part(tar, part), target, BLOCK)
                if _digest(room / part) != manifest.digests[part]:
                    raise ValueError(part)
        waiting = [_from_text(each) for each in json.loads((room / SPOOL).read_text())]
    except FileNotFoundError as reason:
        raise Refused(f"There is no {file}.") from reason
    except (tarfile.TarError, OSError, KeyError, ValueError) as reason:
        raise Refused(f"{file} is no backup, or is damaged ({type(reason).__name__}). Take another one.") from reason
    return manifest, waiting


@contextlib.contextmanager
def workroom(room: Path) -> Iterator[Path]:
    """An empty folder (0700) for this process alone; what one that was killed left in it goes. Raises Refused."""
    room.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _take(room, descriptor)
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)
    finally:
        os.close(descriptor)


def _take(room: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as reason:
        raise Refused(f"Another one is under way in {room.parent}.") from reason
    os.fchmod(descriptor, 0o700)  # refused where another account made it
    for left in room.iterdir():
        left.unlink()


def _refuse_place(file: Path) -> None:
    if not file.parent.is_dir():
        raise Refused(f"There is no folder {file.parent}.")
    if file.parent.resolve().is_relative_to(Path(settings.KEYS_DIR).resolve()):
        raise Refused(f"{file.parent} holds the keys. Who finds both can read everything: name another folder.")
    if file.exists() or file.is_symlink():
        raise Refused(f"{file} is there already. Name another file.")


def _part(tar: tarfile.TarFile, name: str) -> BinaryIO:
    if found := tar.extractfile(name):
        return found
    raise ValueError(name)


def _without_account(part: tarfile.TarInfo) -> tarfile.TarInfo:
    part.uid = part.gid = 0
    part.uname = part.gname = ""
    part.mode = 0o600
    return part


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _as_text(row: spool.Waiting) -> list[str]:
    return [row.id.hex, base64.b64encode(row.sealed).decode(), row.received_at.isoformat()]


def _from_text(row: list[str]) -> spool.Waiting:
    pk, sealed, received_at = row
    return spool.Waiting(uuid.UUID(pk), base64.b64decode(sealed), datetime.datetime.fromisoformat(received_at))
