"""A public site does not start with what would betray somebody; each such thing is named."""

import sqlite3

import dj_database_url
import pytest

from reentry_site import start_rules


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "keys").mkdir()
    for name, size in (("secret_key", 64), ("keys/lookup.key", 32), ("keys/seal-0001.key", 32)):
        (tmp_path / name).write_bytes(b"x" * size)
        (tmp_path / name).chmod(0o600)
    return tmp_path


@pytest.fixture
def broken(folder):
    def ask(**changes) -> list[str]:
        as_it_should_be = {
            "debug": False,
            "hosts": ["www.example.org"],
            "behind_tls": True,
            "secret": folder / "secret_key",
            "keys": folder / "keys",
            "database": folder / "db.sqlite3",
        }
        return start_rules.broken(**as_it_should_be | changes)

    return ask


def test_nothing_is_wrong_where_nothing_is(broken):
    assert broken() == []


def test_everything_that_is_wrong_is_named_at_once(broken, folder):
    (folder / "keys/lookup.key").unlink()
    (folder / "secret_key").write_text("short")
    (folder / "keys/seal-0001.key").chmod(0o640)
    found = " ".join(broken(debug=True, hosts=["*.example.org"], behind_tls=False))
    for words in ("DEBUG is on", "names a host with *", "needs TLS", "lookup.key is missing", "too short", "by others"):
        assert words in found


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o610])
@pytest.mark.parametrize("name", ["secret_key", "keys/lookup.key", "keys/seal-0001.key"])
def test_a_secret_that_others_can_read_is_named(broken, folder, name, mode):
    (folder / name).chmod(mode)
    [said] = broken()
    assert said.endswith(f"chmod 600 {folder / name}")


@pytest.mark.parametrize("name", ["secret_key", "keys/lookup.key", "keys/seal-0001.key"])
def test_a_secret_that_has_gone_is_named(broken, folder, name):
    (folder / name).unlink()
    assert len(broken()) == 1


@pytest.mark.parametrize(
    ("version", "safe"),
    [("3.40.1", False), ("3.51.2", False), ("3.44.5", False), ("3.44.6", True), ("3.50.7", True), ("3.51.3", True)],
)
def test_write_ahead_mode_is_refused_where_sqlite_does_not_do_it_safely(broken, folder, monkeypatch, version, safe):
    database = sqlite3.connect(folder / "db.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (x)")
    database.close()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", tuple(map(int, version.split("."))))
    assert bool(broken()) != safe


def test_a_database_in_the_mode_that_we_set_is_not_refused(broken, folder):
    database = sqlite3.connect(folder / "db.sqlite3")
    database.execute("CREATE TABLE t (x)")
    database.close()
    assert broken() == []


@pytest.mark.parametrize(
    "url",
    [
        "postgres://a:secret@db.example.org/b",
        "postgres://a:secret@db.example.org/b?sslmode=verify-ca",
        "postgres://a:secret@10.0.0.7/b?sslmode=require",
        "postgres://a:secret@localhost,db.example.org/b",
        "postgres://a:secret@localhost/b?hostaddr=10.0.0.7",
        "postgres:///b?host=db.example.org",
        "postgres://a:secret@/b?service=clinic",
    ],
)
def test_a_database_on_another_machine_has_to_show_that_it_is_the_one(broken, url):
    [said] = broken(database=dj_database_url.parse(url))
    assert "?sslmode=verify-full&sslrootcert=FILE" in said
    assert "secret" not in said
    proven = dj_database_url.parse(url)
    proven.setdefault("OPTIONS", {})["sslmode"] = "verify-full"
    assert broken(database=proven) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgres:///b",
        "postgres://a@localhost/b",
        "postgres://a@127.0.0.1:5433/b",
        "postgres://a@[::1]/b",
        "postgres://a@%2Frun%2Fpostgresql/b",
        "postgres:///b?host=/run/postgresql",
    ],
)
def test_a_database_on_this_machine_needs_no_tls(broken, url):
    assert broken(database=dj_database_url.parse(url)) == []
