"""The whole database as one file, and back: SQLite by its own backup, PostgreSQL by pg_dump and pg_restore.

Who is signed in stays behind: whoever finds the file opens nothing with it. What comes back is made ready in a
database beside the one in use, and takes its place in one step.
"""

import contextlib
import datetime
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pydantic
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from reentry_site import data_dir

#: So many pages of SQLite's file are copied before its writers have their turn (16 MB), and so long it is (seconds).
PAGES = 4096
TURN = 0.02
#: Each write begins the copy anew. After so many times its whole length, the rest of the world waits for it once.
PATIENCE = 3
#: For a turn at SQLite's file (seconds).
WAIT = 60
#: What is for the moment only, and is not copied: who is signed in; tries at signing in and used codes.
MOMENTARY = (Session._meta.db_table, UserSession._meta.db_table, settings.CACHES["default"]["LOCATION"])


class CannotCopy(Exception):
    """The message is for who started the command."""


class Contents(pydantic.BaseModel):
    """What a database holds: rows by table, and `app.name` of each migration that was applied."""

    rows: dict[str, int]
    migrations: list[str]


def contents() -> Contents:
    """Of the database that Django is connected to."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 (our own names)
            rows[table] = cursor.fetchone()[0]
    applied = MigrationRecorder(connection).applied_migrations()
    return Contents(rows=rows, migrations=sorted(f"{app}.{name}" for app, name in applied))


@contextlib.contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Django is connected to another database of the same kind meanwhile."""
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


def copy(file: Path) -> Contents:
    """Write the database as it is at one moment into this file, while the site goes on, less what is MOMENTARY.
    Raises CannotCopy."""
    if connection.vendor == "postgresql":
        return _dump(file)
    whole = file.with_name(f"{file.name}-whole")
    _copy_in_turns(whole)
    _leave_behind(whole, file)
    whole.unlink()
    refuse_damage(file)
    with connected_to(_address(file)):
        return contents()


@contextlib.contextmanager
def unpacked(file: Path) -> Iterator[str]:
    """A database of its own that holds what `copy` wrote into this file. Gives its name, for `connected_to`.

    Gone afterwards, unless it was put in place. Raises CannotCopy.
    """
    if connection.vendor == "sqlite":
        refuse_damage(file)
        yield _address(file)  # the file is the database
        return
    name = f"{connection.settings_dict['NAME'][:50]}_restoring"
    try:
        _make_database(name)
        with connected_to(name):
            _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(file))
        yield name
    finally:
        with contextlib.suppress(Error):
            _at_the_server(f"DROP DATABASE IF EXISTS {_quoted(name)}")


def put_in_place(file: Path, name: str) -> str:
    """What was unpacked from this file, under this name, is the database from now on.

    Says where the one before it is kept; "" where there was none. Raises CannotCopy.
    """
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d%H%M%S%f")
    if connection.vendor == "sqlite":
        return _replace_file(file, f".before-restore-{moment}")
    own = connection.settings_dict["NAME"]
    kept = f"{own[:27]}_before_restore_{moment}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [own])
        renamed = [(own, kept)] if cursor.fetchone() else []
    statements = [f"ALTER DATABASE {_quoted(old)} RENAME TO {_quoted(new)}" for old, new in [*renamed, (name, own)]]
    try:
        _at_the_server("; ".join(["BEGIN", *statements, "COMMIT"]))
    except Error as reason:
        raise CannotCopy("Something else is connected to the database. End it, then restore again.") from reason
    return f"database {kept}" if renamed else ""


def refuse_damage(file: Path) -> None:
    """Read every page of SQLite's file. Raises CannotCopy."""
    try:
        with contextlib.closing(sqlite3.connect(_address(file), uri=True)) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as reason:
        raise CannotCopy(f"The copy of the database is damaged: {reason}.") from reason
    if found != [("ok",)]:
        raise CannotCopy(f"The copy of the database is damaged: {found[0][0]}")


# SQLite -------------------------------------------------------------------------------------------------------


def _address(file: Path) -> str:
    return file.as_uri() + "?mode=rw"


class _Overtaken(Exception):
    """Writers keep beginning the copy anew."""


def _copy_in_turns(file: Path) -> None:
    own = sqlite3.connect(connection.settings_dict["NAME"], uri=True, timeout=WAIT)
    with contextlib.closing(own), contextlib.closing(sqlite3.connect(file)) as copied:
        try:
            own.backup(copied, pages=PAGES, progress=_Turns())
        except _Overtaken:
            own.backup(copied)  # in one go: meanwhile what clients send waits in the spool
        except sqlite3.Error as reason:
            raise CannotCopy(f"The database could not be copied: {reason}.") from reason


def _leave_behind(whole: Path, file: Path) -> None:
    """Written anew into the other file, so that no byte of what is left out stays in its pages. Raises CannotCopy."""
    try:
        with contextlib.closing(sqlite3.connect(_address(whole), uri=True, isolation_level=None)) as database:
            for table in MOMENTARY:
                database.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608 (our own names)
            database.execute("VACUUM INTO ?", [str(file)])
    except sqlite3.Error as reason:
        raise CannotCopy(f"The database could not be copied: {reason}.") from reason


class _Turns:
    """Lets others write between two steps of the copy. Raises _Overtaken once that has begun it anew too often."""

    def __init__(self) -> None:
        self._steps = 0

    def __call__(self, status: int, remaining: int, total: int) -> None:
        self._steps += 1
        if self._steps * PAGES > PATIENCE * total + PAGES:
            raise _Overtaken
        if remaining:
            time.sleep(TURN)


def _replace_file(ready: Path, suffix: str) -> str:
    """The file in use keeps its place until the other one takes it, and goes on under its name with this suffix."""
    own = settings.DATA_DIR / data_dir.DATABASE
    kept = own.with_name(own.name + suffix)
    has_rows = own.exists() and own.stat().st_size > 0
    if has_rows:
        for left in own.parent.glob(f"{own.name}.before-restore-*"):
            if left.exists() and left.samefile(own):  # of a restore that was ended at this very point
                left.unlink()
        _settle(own, kept)
        os.link(own, kept)
        kept.chmod(0o600)
    data_dir.put_on_disk(ready)
    ready.replace(own)
    data_dir.put_on_disk(own.parent)
    return str(kept) if has_rows else ""


def _settle(own: Path, kept: Path) -> None:
    """What a crash left half written is taken back, or goes along: beside another file its journal would damage it."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(_address(own), uri=True)) as database:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    journal = own.with_name(f"{own.name}-journal")
    if journal.exists() and journal.stat().st_size:
        journal.replace(kept.with_name(f"{kept.name}-journal"))


# PostgreSQL ---------------------------------------------------------------------------------------------------


def _dump(file: Path) -> Contents:
    """Counted and written from one and the same moment, the tables of what is MOMENTARY as empty ones."""
    left_out = [f"--exclude-table-data={_quoted(table)}" for table in MOMENTARY]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        found = contents()
        found.rows |= dict.fromkeys(MOMENTARY, 0)
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}")
        _run("pg_dump", *options, *left_out)
    return found


def _make_database(name: str) -> None:
    """Empty, whatever a restore that was ended has left."""
    try:
        _at_the_server(f"DROP DATABASE IF EXISTS {_quoted(name)}")
        _at_the_server(f"CREATE DATABASE {_quoted(name)} TEMPLATE template0 ENCODING 'UTF8'")
    except Error as reason:
        words = f"PostgreSQL made no database {name} ({type(reason).__name__}): does it run?"
        raise CannotCopy(f"{words} Its account needs the right to make databases.") from reason


def _run(program: str, *options: str) -> None:
    """One of PostgreSQL's own programs, on the database that Django is connected to. Raises CannotCopy."""
    _refuse_older(program)
    (_, *where, name), own = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    command = [program, *where, "--dbname", name, *options]
    done = subprocess.run(command, env=os.environ | (own or {}), capture_output=True, text=True)  # noqa: S603 (our words)
    if done.returncode:
        raise CannotCopy(f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no reason'}")


def _refuse_older(program: str) -> None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 (our words)
    except (OSError, subprocess.CalledProcessError) as reason:
        words = f"{program} was not found. Install PostgreSQL's client programs (on Debian: postgresql-client)."
        raise CannotCopy(words) from reason
    version, server = int(re.search(r"\d+", said)[0]), connection.pg_version // 10_000
    if version < server:
        raise CannotCopy(f"{program} is version {version}, the server is {server}. Install version {server} or newer.")


def _at_the_server(statement: str) -> None:
    """Done beside every database of ours: none can be made or renamed from within. Raises django.db.Error."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
