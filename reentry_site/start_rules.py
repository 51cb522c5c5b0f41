"""What a public site must not start with. What is wrong is named, all at once; nothing is mended silently."""

import ipaddress
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

SECRET_LETTERS = 50
KEY_BYTES = 32
#: Older ones can lose pages when two connections reset the write-ahead log at once.
SAFE_WAL = (3, 51, 3)
MENDED_WAL = {(3, 44): 6, (3, 50): 7}  # minor version → from this patch on
WAL_HEADER = b"\x02\x02"  # at byte 18 of the file (SQLite's file format, 1.3.3)


def broken(*, debug: bool, hosts: list[str], behind_tls: bool, secret: Path, keys: Path, database: Path | dict):
    """Each rule that does not hold, as a sentence for the operator. `database`: SQLite's file, else its settings."""
    return [
        *_settings(debug, hosts, behind_tls),
        *_secrets(secret, keys),
        *(_server(database) if isinstance(database, dict) else _database(database)),
    ]


def _settings(debug: bool, hosts: list[str], behind_tls: bool) -> Iterator[str]:
    if debug:
        yield "DEBUG is on: errors would show what a client sent."
    if any("*" in host for host in hosts):
        yield "PUBLIC_HOSTS names a host with *. Write each host name in full."
    if not behind_tls:
        yield "PUBLIC_HOSTS is set, but BEHIND_TLS is not yes. A public site needs TLS in front."


def _secrets(secret: Path, keys: Path) -> Iterator[str]:
    files = [secret, keys / "lookup.key", *sorted(keys.glob("seal-*.key"))]
    if len(files) < 3:
        yield f"There is no sealing key in {keys}."
    for file in files:
        if not file.exists():
            yield f"{file} is missing."
            continue
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"{file} can be read by others. Say: chmod 600 {file}"
        least = SECRET_LETTERS if file == secret else KEY_BYTES
        if file.stat().st_size < least:
            yield f"{file} is too short: {least} bytes at least."


def _database(file: Path) -> Iterator[str]:
    version = sqlite3.sqlite_version_info
    mended = version >= SAFE_WAL or version[2] >= MENDED_WAL.get(version[:2], 1000)
    if mended or not file.exists():
        return
    with file.open("rb") as opened:
        header = opened.read(20)
    if header[18:] == WAL_HEADER:
        yield (
            f"{file} is in write-ahead mode, which SQLite {sqlite3.sqlite_version} does not do safely. "
            f'Say: sqlite3 {file} "PRAGMA journal_mode=TRUNCATE"'
        )


def _server(database: dict) -> Iterator[str]:
    """PostgreSQL on another machine is asked by TLS, and has to show that it is the one."""
    options = database.get("OPTIONS", {})
    named = [database.get("HOST", ""), options.get("host", ""), options.get("hostaddr", "")]
    elsewhere = [host for each in named for host in each.split(",") if not _is_here(host)]
    elsewhere += ["what a service file says"] if "service" in options else []
    if elsewhere and options.get("sslmode") != "verify-full":
        yield (
            f"DATABASE_URL leads to another machine ({', '.join(elsewhere)}), and nothing checks which one answers. "
            "Write at its end: ?sslmode=verify-full&sslrootcert=FILE (the certificate of who signed the server's)."
        )


def _is_here(host: str) -> bool:
    """No host, or a path, is a socket of this machine (libpq's rule)."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
