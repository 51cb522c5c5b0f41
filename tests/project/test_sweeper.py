"""The sweeper beside the running site, as real processes: it comes back, brings in what waits, and tells staff."""

import os
import shutil
import signal
import sqlite3
import sys

import pytest

from reentry_site import data_dir
from reentry_site.management.commands import serve
from tests.mail_server import mail_server
from tests.site import PATIENCE, Site, run, wait_for

linux = pytest.mark.skipif(sys.platform != "linux", reason="what is looked at is Linux's own")
NUMBER, NAME, NOTE = "216 555 0187", "Rosalind", "zebra lighthouse marmalade"
CANARIES = (NUMBER, "5550187", "555-0187", NAME, NOTE)


def rows(file, table: str) -> int:
    database = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 (our own names)
    finally:
        database.close()


@linux
def test_a_sweeper_that_is_killed_comes_back_and_the_site_stays(site):
    os.kill(site.sweeper_pid, signal.SIGKILL)
    site.sweeper_pid = site.child("sweep", besides=site.sweeper_pid)
    assert site.child("gunicorn") == site.web_pid
    assert site.get("/healthz") == (200, b"ok\n")
    site.process.terminate()
    assert site.process.wait() == 0
    assert site.nothing_runs(within=PATIENCE)


def test_a_child_that_keeps_dying_is_started_later_each_time_until_it_lives_a_while():
    child, now, waits = serve.Kept(sys.executable, "-c", ""), 1000.0, []
    child.look(now)
    for _ in range(8):
        child.process.wait()
        child.look(now)
        started = next(wait for wait in (0.5, 1, 2, 4, 8, 16, 30) if starts(child, now + wait))
        waits.append(started)
        now += started
    child.process.wait()
    child.look(now + 31)  # it lived for longer than the longest wait
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert starts(child, now + 31.5)
    child.process.wait()


def starts(child: serve.Kept, now: float) -> bool:
    child.look(now)
    return child.process is not None


def test_what_came_while_the_database_was_away_comes_to_the_desk_by_itself(site):
    database, spool = site.data_dir / data_dir.DATABASE, site.data_dir / data_dir.SPOOL / data_dir.SPOOL_FILE
    database.rename(site.data_dir / "moved")

    assert site.post("/callback/", phone=NUMBER, name=NAME, note=NOTE)[0] == 303
    assert rows(spool, "waiting") == 1
    desk = site.get("/admin/", Cookie="staff=abcdefghijklmnopqrstuvwxyz012345")
    assert desk[0] == 503
    assert b"The desk is away for a moment" in desk[1]
    ready = site.get("/readyz")
    assert ready[0] == 200
    assert b"database away; 1 wait" in ready[1]

    (site.data_dir / "moved").rename(database)
    wait_for(lambda: rows(spool, "waiting") == 0, what="it still waits in the spool")
    assert rows(database, "intake_callbackrequest") == rows(database, "intake_answers") == 1
    assert site.get("/readyz") == (200, b"ready\n")
    assert not any(word in site.output() for word in CANARIES)


STAFF = """
from django.contrib.auth.models import Group, User
jo = User.objects.create_user("jo", email="jo@clinic.example", is_staff=True)
jo.groups.set([Group.objects.get(name="triage")])
"""


def test_staff_get_one_mail_of_a_request_and_it_says_nothing_of_it(set_up, tmp_path):
    data = shutil.copytree(set_up, tmp_path / "data")
    assert run("shell", "-c", STAFF, DATA_DIR=data).returncode == 0
    with mail_server() as server:
        site = Site(data, EMAIL_URL=server.url)
        try:
            assert site.post("/callback/", phone=NUMBER, name=NAME, note=NOTE)[0] == 303
            wait_for(lambda: server.mails, what="no mail came")
        finally:
            site.end()
    [mail] = server.mails
    assert (mail["To"], mail["From"]) == ("jo@clinic.example", "desk@clinic.example")
    assert mail.get_content().split() == ["A", "request", "is", "waiting.", "Sign", "in.", site.staff_url]
    assert not any(word in mail.as_string() for word in CANARIES)
