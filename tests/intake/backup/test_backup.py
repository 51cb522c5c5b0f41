"""A backup holds all that was confirmed and no key, however busy the site is; ended half-way it leaves no file."""

import contextlib
import re
import sqlite3
import stat

import pytest

from reentry_site import data_dir
from tests.drill.drill import Drill
from tests.intake.backup.conftest import MARK, MOMENTARY, NAME, NOTE, NUMBER, killed_after, new_machine, query
from tests.leaks import leaks


def test_no_key_and_nothing_of_what_was_sent_can_be_read_in_the_file(data, manage, tmp_path):
    file = tmp_path / "backup"
    done = manage("backup", file)
    assert (done.returncode, done.stderr) == (0, "")
    content = file.read_bytes()
    assert leaks([NUMBER, NAME, NOTE], {"backup": content}) == set()
    for secret in (*(data / "keys").iterdir(), data / data_dir.SECRET_KEY):
        key = secret.read_bytes()
        assert not any(key[start : start + 8] in content for start in range(len(key) - 8)), secret
    assert re.search(r"1 requests, \d+ rows in all, 0 waiting in the spool", done.stdout)
    assert f"{len(content):,} bytes" in done.stdout and f"They lie in {data}/keys" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not (tmp_path / ".backup-unfinished").exists()


def test_no_byte_of_a_session_or_a_used_code_is_in_the_file(data, manage, tmp_path):
    file = tmp_path / "backup"
    for statement in MOMENTARY:
        query(data / "db.sqlite3", statement)
    with contextlib.closing(sqlite3.connect(data / "db.sqlite3")) as opened:
        # Of sessions that ended something may still lie in the file, where SQLite does not overwrite it.
        opened.executescript("PRAGMA secure_delete = OFF; DELETE FROM django_session WHERE session_key LIKE '%1__'")
    assert (data / "db.sqlite3").read_bytes().count(MARK.encode()) > 1000
    assert manage("backup", file).returncode == 0
    assert MARK.encode() not in file.read_bytes()
    assert manage("restore", file).returncode == 0
    found = query(data / "db.sqlite3", "SELECT username FROM auth_user")
    assert found == [("jo",)]  # what is no session is there


def test_a_backup_and_a_restore_are_on_the_record(data, manage, tmp_path):
    file = tmp_path / "backup"
    manage("backup", file)
    manage("restore", file)
    lines = query(data / "db.sqlite3", "SELECT what FROM record_entry WHERE what LIKE '%backup%' ORDER BY id")
    assert [line[0][:18] for line in lines] == ["Made a backup"] * 2 + ["Restored a backup "]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("data/keys/backup", "holds the keys"),
        ("gone/backup", "There is no folder"),
        ("there", "is there already"),
    ],
)
def test_some_places_are_refused_before_anything_is_written(data, manage, tmp_path, name, words):
    (tmp_path / "there").write_text("a letter")
    before = {path for path in tmp_path.rglob("*") if "static" not in path.parts}
    done = manage("backup", tmp_path / name)
    assert done.returncode == 1 and words in done.stderr
    after = {path for path in tmp_path.rglob("*") if "static" not in path.parts}
    assert after - before <= {data / data_dir.IN_USE}
    assert (tmp_path / "there").read_text() == "a letter"


@pytest.mark.parametrize("line", ["Copying the database", "Putting it into one file"])
def test_a_backup_that_is_killed_leaves_no_file_and_the_next_one_works(data, manage, tmp_path, line):
    file, second, new = tmp_path / "backup", tmp_path / "second", new_machine(data, tmp_path)
    killed_after(line, "backup", str(file), DATA_DIR=data)
    if file.exists():  # it was quicker, and then it is whole
        assert manage("restore", file, DATA_DIR=new).returncode == 0
    assert manage("backup", second).returncode == 0
    assert not (tmp_path / ".backup-unfinished").exists()
    assert manage("restore", second, DATA_DIR=new).returncode == 0


def test_under_load_a_backup_has_whatever_was_confirmed_and_every_row_comes_back(set_up, tmp_path):
    report = Drill(set_up, tmp_path, count=200, crowd=60).run()
    assert {what: found for what, found in report.wrong.items() if found} == {}
    assert report.confirmed_before >= 15
