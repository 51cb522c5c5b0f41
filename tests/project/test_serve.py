"""`manage.py serve`: one command starts everything, and whatever ends it ends everything."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import sys
import time

import pytest

from tests.site import PATIENCE, Site, children, free_port, run

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HEADER = b"POST /callback/ HTTP/1.1\r\nHost: localhost\r\n" + FORM + b"Content-Length: 99\r\n\r\n"

linux = pytest.mark.skipif(sys.platform != "linux", reason="what is looked at is Linux's own")


def hear(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


def test_it_says_where_the_site_is_and_how_staff_begin(site):
    told = [line for line in site.output().splitlines() if not line.startswith("{")]  # the log's lines stand between
    assert told[-5:] == [
        f"The site:    {site.url}/",
        f"Staff:       http://localhost:{site.port}/admin/",
        "Make the first staff account with this link, once and within 30 minutes:",
        f"  {site.first_link}",
        "Ctrl-C ends it.",
    ]


def test_that_it_started_with_these_settings_is_on_the_record(site):
    with contextlib.closing(sqlite3.connect(site.data_dir / "db.sqlite3", timeout=PATIENCE)) as database:
        assert database.execute("SELECT id, who, what FROM record_entry").fetchall() == [
            (1, None, "The site started with other settings")
        ]


def test_a_taken_port_is_one_line(tmp_path):
    port = free_port()
    with hear(port):
        done = run("serve", DATA_DIR=tmp_path / "data", PORT=port)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"CommandError: Port {port} cannot be used (Address already in use). "
        "Set PORT to another one: PORT=8001 make serve\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eight", "PORT is 'eight'. Write a whole number, 1 or more.\n"),
        ("BEHIND_TLS", "true", "BEHIND_TLS is 'true'. Write yes or no.\n"),
    ],
)
def test_a_setting_that_is_not_understood_is_one_line(tmp_path, name, value, sentence):
    done = run("serve", DATA_DIR=tmp_path / "data", **{name: value})
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_it_started(site, name):
    site.process.send_signal(name)
    assert site.process.wait() == 0
    assert site.nothing_runs()


def press_ctrl_c(site) -> None:
    """A terminal sends it to every process of the group at once."""
    os.killpg(site.process.pid, signal.SIGINT)


def test_ctrl_c_ends_everything_it_started(site):
    press_ctrl_c(site)
    assert site.process.wait() == 0
    assert site.nothing_runs()
    assert "Traceback" not in site.output()


@linux
def test_ctrl_c_lets_a_request_under_way_finish(site):
    with socket.create_connection(("127.0.0.1", site.port)) as client:
        client.sendall(
            b"POST /callback/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        press_ctrl_c(site)
        while len(children(site.web_pid)) > 1:  # until the idle worker has gone, so that the busy one was told too
            time.sleep(0.01)
        client.sendall(b"website=x")
        assert client.recv(100).startswith(b"HTTP/1.1 4")
    assert site.process.wait() == 0


@linux
def test_kill_9_of_the_supervisor_leaves_nothing_running(site):
    site.process.kill()
    site.process.wait()
    assert site.nothing_runs(within=PATIENCE)


@linux
def test_a_web_server_that_dies_is_said_and_ends_the_command(site):
    os.kill(site.web_pid, signal.SIGKILL)
    assert site.process.wait() == 1
    assert site.output().splitlines()[-1] == (
        "CommandError: The web server ended by itself (status -9), so the site is down."
    )
    assert site.nothing_runs(within=PATIENCE)


@linux
def test_clients_that_stop_half_way_do_not_shut_the_others_out(set_up, tmp_path):
    """A site with two threads, and far more who hold on to half a header, and to half a form."""
    site = Site(shutil.copytree(set_up, tmp_path / "data"), WEB_WORKERS=1, WEB_THREADS=2)
    try:
        with contextlib.ExitStack() as held:
            for _ in range(100):
                held.enter_context(hold(site.port, HEADER[:30]))
                held.enter_context(hold(site.port, HEADER + b"phone="))
            assert site.get("/healthz") == (200, b"ok\n")
            assert site.get("/")[0] == 200
    finally:
        site.end()


@contextlib.contextmanager
def hold(port: int, sent: bytes):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(sent)
        yield


def test_static_files_are_collected_again_only_when_they_changed(set_up, tmp_path):
    data = shutil.copytree(set_up, tmp_path / "data")
    manifest, mark = data / "static" / "staticfiles.json", data / "static.mark"
    first = manifest.stat().st_mtime_ns
    run("serve", "--setup-only", DATA_DIR=data)
    assert manifest.stat().st_mtime_ns == first
    mark.write_text("of other files")
    run("serve", "--setup-only", DATA_DIR=data)
    assert manifest.stat().st_mtime_ns > first
    assert mark.read_text() == (set_up / "static.mark").read_text()


def test_no_line_tells_what_a_stranger_sent(site):
    with socket.create_connection(("127.0.0.1", site.port)) as stranger:
        stranger.sendall(b"GET /canary-in-path HTTP/1.1\r\nHost: canary-in-host\r\n\r\n")
        assert stranger.recv(100).startswith(b"HTTP/1.1 400")
    with socket.create_connection(("127.0.0.1", site.port)) as stranger:
        stranger.sendall(b"GET /canary-in-path HTTP/1.1\r\nHost: a\r\nHost: canary-in-host\r\n\r\n")
        assert stranger.recv(100).startswith(b"HTTP/1.1 400")
    site.end()
    assert '"logger": "django.security.DisallowedHost"' in site.output()  # it was told of, so it could have leaked
    assert "canary" not in site.output()


def test_it_listens_on_this_machine_alone_and_takes_no_more_than_a_browser_sends(site):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", site.port))  # another address of the same machine
    assert site.get("/healthz", **{f"X-{number}": "x" for number in range(55)})[0] == 200
    for path, headers in (
        (f"/healthz?{'x' * 5000}", {}),
        ("/healthz", {f"X-{number}": "x" for number in range(65)}),
        ("/healthz", {"X": "x" * 9000}),
    ):
        assert 400 <= site.get(path, **headers)[0] < 500
    assert b"<loc>http://" in site.get("/sitemap.xml", **{"X-Forwarded-Proto": "https"})[1]  # no proxy of ours said so


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("foo://x", "DATABASE_URL is not understood"),
        ("postgres://nobody:secret@127.0.0.1:1/none", "The database cannot be set up (OperationalError)."),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line(tmp_path, url, words):
    done = run("serve", "--setup-only", DATA_DIR=tmp_path / "data", DATABASE_URL=url)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr


def test_a_database_that_takes_no_row_is_one_line(set_up, tmp_path):
    data = shutil.copytree(set_up, tmp_path / "data")
    database = sqlite3.connect(data / "db.sqlite3")
    full = "BEFORE INSERT ON accounts_usedinvitation BEGIN SELECT RAISE(ABORT, 'full'); END"
    database.execute(f"CREATE TRIGGER full {full}")
    database.close()
    done = run("serve", "--setup-only", DATA_DIR=data)
    assert done.returncode == 1
    assert done.stderr.strip() == "CommandError: The database takes no row: is its file read-only, or the disk full?"
