"""Backup and restore with PostgreSQL, on a server of the tests' own."""

import re
import subprocess
import tarfile
import uuid
from typing import NamedTuple

import pytest

from tests.drill.drill import Drill
from tests.faults.breaking import CannotBreak
from tests.faults.postgres import Server
from tests.intake.backup.conftest import MARK, MOMENTARY, killed_after
from tests.site import run


@pytest.fixture(scope="module")
def server():
    try:
        server = Server()
    except CannotBreak as reason:
        pytest.skip(str(reason))
    yield server
    server.close()


def test_on_postgresql_too(server, set_up, tmp_path):
    report = Drill(set_up, tmp_path, count=200, crowd=60, urls=(server.url("first"), server.url("second"))).run()
    assert {what: found for what, found in report.wrong.items() if found} == {}


class Manage(NamedTuple):
    own: dict

    def __call__(self, *command, **changes) -> subprocess.CompletedProcess:
        return run(*map(str, command), **self.own | changes)


@pytest.fixture
def on_postgres(server, data, port, tmp_path):
    """`manage.py` with a database of PostgreSQL that holds 20 requests, and a backup of it."""
    url = server.url(f"of_{uuid.uuid4().hex}")
    own = {"DATA_DIR": data, "DATABASE_URL": url, "PORT": port}
    for command in (["serve", "--setup-only"], ["make_requests", "--count", "20"], ["backup", str(tmp_path / "file")]):
        done = run(*command, **own)
        assert done.returncode == 0, done.stderr
    return Manage(own)


def test_on_postgresql_what_was_in_use_is_kept_beside(on_postgres, server, tmp_path):
    done = on_postgres("restore", tmp_path / "file")
    assert (done.returncode, done.stderr) == (0, "")
    kept = re.search(r"kept as database (\w+_before_restore_\d{20})\.", done.stdout)[1]
    assert server.sql(kept, "SELECT count(*) FROM intake_callbackrequest WHERE NOT restored") == "20"
    again = on_postgres("restore", tmp_path / "file")
    assert again.returncode == 0
    assert "_restoring" not in server.sql("postgres", "SELECT string_agg(datname, ' ') FROM pg_database")


def test_on_postgresql_no_session_and_no_used_code_is_in_the_file(on_postgres, server, tmp_path):
    """Its rows are packed in the file: pg_restore says what they are."""
    name = on_postgres.own["DATABASE_URL"].rpartition("/")[2]
    for statement in MOMENTARY:
        server.sql(name, statement)
    assert on_postgres("backup", tmp_path / "another").returncode == 0
    with tarfile.open(tmp_path / "another") as tar:
        tar.extract("database", tmp_path, filter="data")
    command = ["pg_restore", "--file=-", str(tmp_path / "database")]
    rows = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "COPY public.intake_callbackrequest" in rows and "\tjo\t" in rows
    assert MARK not in rows
    assert on_postgres("restore", tmp_path / "another").returncode == 0


@pytest.mark.parametrize("line", ["Making the database ready", "Putting it in place"])
def test_on_postgresql_a_restore_that_is_killed_changes_nothing_or_is_whole(on_postgres, tmp_path, line):
    killed_after(line, "restore", str(tmp_path / "file"), **on_postgres.own)
    done = on_postgres("restore", tmp_path / "file")
    assert (done.returncode, done.stderr) == (0, "")
    assert "20 are open" in done.stdout


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "pg_dump was not found. Install PostgreSQL's client programs"),
        ("echo 'pg_dump (PostgreSQL) 9.6.24'", "pg_dump is version 9, the server is"),
        (
            "case $1 in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo 'no space left' >&2; exit 1;; esac",
            "no space",
        ),
    ],
)
def test_a_pg_dump_that_will_not_do_is_one_line(on_postgres, tmp_path, script, words):
    programs = tmp_path / "programs"
    programs.mkdir()
    if script:
        (programs / "pg_dump").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "pg_dump").chmod(0o755)
    done = on_postgres("backup", tmp_path / "another", PATH=programs)
    assert done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "another").exists()
