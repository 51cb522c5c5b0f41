"""Backups as an operator makes them: `manage.py` on a DATA_DIR that nothing serves, and what is in one afterwards."""

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from intake import spool, vault
from tests.intake.conftest import TUESDAY_10
from tests.site import PATIENCE, ROOT, Site, environment, free_port, run

NUMBER, NAME, NOTE = "(216) 555-0187", "Quillôn Zebrask", "marmalade lighthouse trombone"
#: In each row that MOMENTARY writes: what is for the moment only, a colleague's session, those of others, a used code.
MARK = "zq4vx9"
MOMENTARY = (
    "INSERT INTO django_session WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
    " SELECT 'zq4vx9' || i, 'zq4vx9 zq4vx9 zq4vx9 zq4vx9 zq4vx9 zq4vx9 zq4vx9', '2099-01-01' FROM n",
    "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,"
    " date_joined) VALUES ('', false, 'jo', '', '', '', true, true, '2026-01-01')",
    "INSERT INTO usersessions_usersession (created_at, ip, last_seen_at, session_key, user_agent, data, user_id) SELECT"
    " '2026-01-01', '127.0.0.1', '2026-01-01', 'zq4vx9100', '', '{}', id FROM auth_user WHERE username = 'jo'",
    "INSERT INTO shared_cache VALUES ('code=zq4vx9', '', '2099-01-01')",
)


@pytest.fixture(scope="session")
def asked(set_up, tmp_path_factory) -> Path:
    """The DATA_DIR `data`, in which one client has asked for a call, and its `backup`; copy them, do not use them."""
    folder = tmp_path_factory.mktemp("asked")
    data = shutil.copytree(set_up, folder / "data")
    ask(data, name=NAME, note=NOTE)
    done = run("backup", str(folder / "backup"), DATA_DIR=data)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def data(asked, tmp_path) -> Path:
    return shutil.copytree(asked / "data", tmp_path / "data")


@pytest.fixture
def file(asked, tmp_path) -> Path:
    """A backup of what `data` is at first."""
    return Path(shutil.copy(asked / "backup", tmp_path / "backup"))


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def manage(data, port):
    """`manage.py` on this DATA_DIR, which nothing serves."""
    return lambda *command, **changes: run(*map(str, command), **({"DATA_DIR": data, "PORT": port} | changes))


def query(database: Path, *statement) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(database, timeout=PATIENCE)) as opened, opened:
        return opened.execute(*statement).fetchall()


def ask(data: Path, phone: str = NUMBER, **words: str) -> None:
    """A client asks for a call, as the form does, in a site that then ends."""
    site = Site(data)
    try:
        assert site.post("/callback/", phone=phone, **words)[0] == 303
    finally:
        site.end()


def wait_in_spool(data: Path, settings, phone: str) -> uuid.UUID:
    """One that was confirmed while the database was away."""
    settings.KEYS_DIR, settings.SPOOL_DIR = data / "keys", data / "spool"
    version = uuid.uuid4()
    spool.put(version, vault.seal({"phone": phone, "name": "", "note": "", "look": []}, version), TUESDAY_10)
    return version


def numbers(data: Path, settings) -> set[str]:
    """Whoever is in this database, by number."""
    settings.KEYS_DIR = data / "keys"
    rows = query(data / "db.sqlite3", "SELECT id, sealed FROM intake_answers")
    return {vault.open_sealed(sealed, uuid.UUID(pk))["phone"] for pk, sealed in rows}


def waiting(data: Path, settings) -> set[uuid.UUID]:
    settings.SPOOL_DIR = data / "spool"
    return {row.id for row in spool.rows()}


def new_machine(data: Path, tmp_path: Path) -> Path:
    """A DATA_DIR with the copies of the keys, and nothing else."""
    new = tmp_path / "new"
    shutil.copytree(data / "keys", new / "keys")
    return new


def killed_after(line: str, *command: str, **changes) -> None:
    own = environment(**changes, PYTHONUNBUFFERED="1")
    arguments = [sys.executable, ROOT / "manage.py", *command]
    with subprocess.Popen(arguments, env=own, stdout=subprocess.PIPE, text=True) as process:
        next(said for said in process.stdout if said.startswith(line))
        process.send_signal(signal.SIGKILL)
