"""Settings that a promise rests on: what a confirmed write is, when a site may be public, how staff stay signed in."""

import ast
from importlib.util import find_spec

import pytest
from django.db import connection

from tests.site import run

needs_postgresqls_driver = pytest.mark.skipif(find_spec("psycopg") is None, reason="needs PostgreSQL's driver")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="these are SQLite's own")
def test_sqlite_keeps_what_is_confirmed_and_overwrites_what_is_deleted(db):
    with connection.cursor() as cursor:
        found = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "cell_size_check")
        }
    extra = 3
    assert found == {"journal_mode": "truncate", "synchronous": extra, "secure_delete": 1, "cell_size_check": 1}
    assert "secure_delete=ON" in connection.settings_dict["OPTIONS"]["init_command"]  # whatever SQLite was built with


@needs_postgresqls_driver
def test_postgresql_keeps_what_is_confirmed_and_holds_no_client_for_long(tmp_path):
    code = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    as_we_say = {
        "connect_timeout": 2,
        "tcp_user_timeout": 3000,
        "options": "-c synchronous_commit=on -c lock_timeout=2s",
    }
    as_the_address_says = {"sslmode": "require", "connect_timeout": 1}
    for asked, options in (("", as_we_say), ("?sslmode=require&connect_timeout=1", as_we_say | as_the_address_says)):
        url = f"postgres://a@localhost/b{asked}"
        done = run("shell", "--no-imports", "--command", code, DATA_DIR=tmp_path / "data", DATABASE_URL=url)
        assert ast.literal_eval(done.stdout) == options


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"PUBLIC_HOSTS": "a.example"}, "A public site needs TLS in front."),
        ({"PUBLIC_HOSTS": "*.example", "BEHIND_TLS": "yes"}, "Write each host name in full."),
        pytest.param(
            {"PUBLIC_HOSTS": "a.example", "BEHIND_TLS": "yes", "DATABASE_URL": "postgres://a@b.example/c"},
            "?sslmode=verify-full&sslrootcert=FILE",
            marks=needs_postgresqls_driver,
        ),
    ],
)
def test_a_public_site_starts_only_behind_tls_and_with_hosts_in_full(tmp_path, given, words):
    done = run("check", DATA_DIR=tmp_path / "data", **given)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_staff_session_ends_with_the_browser_and_is_out_of_reach_for_scripts_and_other_sites(settings):
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Strict"


def test_on_a_public_site_every_cookie_is_bound_to_its_host_and_travels_by_tls_alone(tmp_path):
    code = """if True:
        from django.conf import settings
        for kind in ("SESSION", "CSRF"):
            values = [getattr(settings, f"{kind}_COOKIE_{name}") for name in ("NAME", "SECURE", "PATH", "DOMAIN")]
            print(*values, getattr(settings, f"{kind}_COOKIE_HTTPONLY"), getattr(settings, f"{kind}_COOKIE_SAMESITE"))
        print(settings.LEAVE_COOKIE_NAME, settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN)
        """
    public = {"PUBLIC_HOSTS": "care.example.org", "BEHIND_TLS": "yes"}
    done = run("shell", "--no-imports", "--command", code, DATA_DIR=tmp_path / "data", **public)
    assert done.stdout.splitlines() == [
        "__Host-staff True / None True Strict",
        "__Host-form True / None True Strict",
        "__Host-leave False",
    ]


def first_answers(data_dir, host, **given) -> list[str]:
    """What a reader by TLS is told of TLS for the future, and where one without it is led."""
    code = f"""if True:
        from django.test import Client
        for secure, path in ((True, "/healthz"), (False, "/leave/"), (False, "/healthz")):
            answer = Client().get(path, secure=secure, headers={{"host": {host!r}}})
            print(answer.headers.get("Strict-Transport-Security", answer.headers.get("Location")))
        """
    done = run("shell", "--no-imports", "--command", code, DATA_DIR=data_dir, **given)
    return done.stdout.splitlines()


def test_a_public_site_leads_to_tls_and_tells_browsers_to_keep_to_it_for_a_year(tmp_path):
    answers = first_answers(tmp_path / "data", "care.example.org", PUBLIC_HOSTS="care.example.org", BEHIND_TLS="yes")
    assert answers == ["max-age=31536000; includeSubDomains; preload", "https://care.example.org/leave/", "None"]


def test_a_site_on_this_machine_alone_asks_for_no_tls(tmp_path, settings):
    assert first_answers(tmp_path / "data", "localhost") == ["None", settings.LEAVE_TO, "None"]
