"""What is restored is whole, or nothing has changed; and it calls nobody who was not checked."""

import hashlib
import json
import stat
import subprocess
import sys
import tarfile

import pytest

from intake import spool, vault
from tests.intake.backup.conftest import (
    MOMENTARY,
    ask,
    killed_after,
    new_machine,
    numbers,
    query,
    wait_in_spool,
    waiting,
)
from tests.intake.conftest import TUESDAY_10
from tests.site import Site, free_port


def test_on_a_new_machine_with_the_keys_everything_is_back(data, manage, tmp_path, settings):
    spooled = wait_in_spool(data, settings, "+12165550102")
    file, new = tmp_path / "backup", new_machine(data, tmp_path)
    assert "1 waiting in the spool" in manage("backup", file).stdout
    done = manage("restore", file, DATA_DIR=new)
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(new, settings) == {"+12165550187", "+12165550102"}  # what waited too
    assert waiting(new, settings) == set() and waiting(data, settings) == {spooled}
    assert "2 are open." in done.stdout and "is not known here" in done.stdout
    assert query(new / "db.sqlite3", "SELECT DISTINCT restored FROM intake_callbackrequest") == [(1,)]
    assert sorted(path.name for path in new.iterdir() if path.name.startswith("db.")) == ["db.sqlite3"]
    assert not (new / "restoring").exists()
    site = Site(new)
    site.end()


def test_what_was_in_use_is_kept_aside_and_what_waits_now_still_waits(data, manage, tmp_path, settings):
    both = wait_in_spool(data, settings, "+12165550102")
    file = tmp_path / "backup"
    manage("backup", file)
    ask(data, "216 555 0103")  # after the backup; the one that waited has come in, too
    settings.SPOOL_DIR = data / "spool"
    spool.put(both, vault.seal({"phone": "+12165550102", "look": []}, both), TUESDAY_10)
    later = wait_in_spool(data, settings, "+12165550104")
    was = numbers(data, settings)

    done = manage("restore", file)

    assert numbers(data, settings) == {"+12165550187", "+12165550102"}
    assert waiting(data, settings) == {both, later}
    [kept] = data.glob("db.sqlite3.before-restore-*")
    assert str(kept) in done.stdout and stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.rename(data / "db.sqlite3")
    assert numbers(data, settings) == was
    manage("restore", file)
    assert manage("sweep", "--once").returncode == 0
    assert numbers(data, settings) == {"+12165550187", "+12165550102", "+12165550104"}
    assert query(data / "db.sqlite3", "SELECT count(*) FROM intake_callbackrequest") == [(3,)]  # each once


def test_nobody_holds_a_call_or_can_undo(data, manage, tmp_path):
    database = data / "db.sqlite3"
    query(
        database,
        "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,"
        " date_joined) VALUES ('', 0, 'jo', '', '', '', 1, 1, '2026-01-01')",
    )
    query(
        database,
        "UPDATE intake_callbackrequest SET claimed_by_id = (SELECT id FROM auth_user WHERE username = 'jo'),"
        " claimed_until = '2099-01-01', dial_until = '2099-01-01', undo = '{}'",
    )
    file = tmp_path / "backup"
    manage("backup", file)
    assert manage("restore", file).returncode == 0
    held = query(database, "SELECT claimed_by_id, claimed_until, dial_until, undo FROM intake_callbackrequest")
    assert held == [(None,) * 4]


def test_nobody_is_signed_in_by_a_backup_of_the_time_when_sessions_were_in_it(data, file, manage, tmp_path):
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path / "parts", filter="data")
    database, manifest = tmp_path / "parts" / "database", tmp_path / "parts" / "manifest.json"
    for statement in MOMENTARY:
        query(database, statement)
    said = json.loads(manifest.read_text())
    said["contents"]["rows"] |= {
        "django_session": 200,
        "usersessions_usersession": 1,
        "shared_cache": 1,
        "auth_user": 1,
    }
    said["digests"]["database"] = hashlib.sha256(database.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(said))
    with tarfile.open(file, "w") as tar:
        tar.add(tmp_path / "parts", "")
    done = manage("restore", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert query(data / "db.sqlite3", "SELECT session_key FROM django_session") == []
    assert query(data / "db.sqlite3", "SELECT session_key FROM usersessions_usersession") == []


def test_who_is_to_be_asked_again_is_checked_first_and_who_is_closed_stays_so(data, manage, tmp_path):
    for number in range(2):
        ask(data, f"216 555 010{number}")
    database = data / "db.sqlite3"
    ids = [row[0] for row in query(database, "SELECT id FROM intake_callbackrequest ORDER BY asked_at")]
    query(
        database,
        "UPDATE intake_callbackrequest SET status = 'closed', resolution = 'declined_for_now',"
        " closed_at = '2026-03-03', next_try_at = NULL WHERE id IN (?, ?)",
        ids[:2],
    )
    query(database, "UPDATE intake_callbackrequest SET ask_again_at = '2099-01-01' WHERE id = ?", ids[:1])
    file = tmp_path / "backup"
    manage("backup", file)
    assert "1 are open." in manage("restore", file).stdout
    found = query(database, "SELECT restored FROM intake_callbackrequest ORDER BY asked_at")
    assert found == [(1,), (0,), (1,)]


def test_a_database_that_has_gone_comes_back(data, file, manage, settings):
    (data / "db.sqlite3").unlink()
    assert "is missing" in manage("check").stderr
    assert manage("restore", file).returncode == 0
    assert numbers(data, settings) == {"+12165550187"}


def test_a_second_name_of_the_database_that_a_killed_restore_left_goes(data, file, manage):
    """Else what is written to the one would be in the other, which nothing purges."""
    left = data / "db.sqlite3.before-restore-1"
    left.hardlink_to(data / "db.sqlite3")
    assert manage("restore", file).returncode == 0
    assert len(list(data.glob("db.sqlite3.before-restore-*"))) == 1 and not left.exists()


def test_what_a_crash_left_half_written_does_not_damage_what_is_restored(data, file, manage, settings):
    """Beside another database its journal would be played back into that one."""
    database = data / "db.sqlite3"
    half = (
        "import os, sqlite3, sys; it = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "it.execute('PRAGMA cache_size = 1'); it.execute('BEGIN IMMEDIATE');"
        "it.execute('CREATE TABLE t (x)'); it.execute('INSERT INTO t SELECT randomblob(100000)');"
        "it.execute('UPDATE auth_permission SET name = hex(randomblob(3000))'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", half, database], check=False)
    assert (data / "db.sqlite3-journal").stat().st_size > 0
    assert manage("restore", file).returncode == 0
    assert query(database, "PRAGMA integrity_check") == [("ok",)]
    assert numbers(data, settings) == {"+12165550187"}
    [kept] = data.glob("db.sqlite3.before-restore-*")
    assert query(kept, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("line", ["Checking every byte", "Making the database ready", "Putting it in place"])
def test_a_restore_that_is_killed_changed_nothing_or_is_whole_and_the_next_one_works(
    data, manage, tmp_path, settings, line
):
    spooled = wait_in_spool(data, settings, "+12165550102")
    file, database = tmp_path / "backup", data / "db.sqlite3"
    manage("backup", file)
    before = database.read_bytes()
    killed_after(line, "restore", str(file), DATA_DIR=data, PORT=free_port())
    restored = query(database, "SELECT min(restored), count(*) FROM intake_callbackrequest")
    assert restored == [(1, 2)] or database.read_bytes() == before
    assert waiting(data, settings) == {spooled}
    assert manage("restore", file).returncode == 0
    assert numbers(data, settings) == {"+12165550187", "+12165550102"}
    assert query(database, "SELECT DISTINCT restored FROM intake_callbackrequest") == [(1,)]
    assert not (data / "restoring").exists()
    assert not [kept for kept in data.glob("*.before-restore-*") if kept.samefile(database)]
