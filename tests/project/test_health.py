"""What machines ask of the site."""

import datetime
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from intake import heartbeat, spool
from intake.heartbeat import Heartbeat
from reentry_site.accounts.models import UsedInvitation
from reentry_site.pages import publishing

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def all_is_well(settings, tmp_path):
    """The spool is empty, and the sweeper swept just now."""
    settings.SPOOL_DIR = tmp_path
    (tmp_path / spool.FILE).touch()
    heartbeat.write(Heartbeat(at=timezone.now()))


@pytest.fixture
def no_database(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_usedinvitation")


@pytest.fixture
def no_spool(settings):
    (settings.SPOOL_DIR / spool.FILE).unlink()


def answer(client) -> tuple[int, str]:
    asked = client.get("/readyz")
    return asked.status_code, asked.content.decode()


def at(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M+00:00")


def test_healthz_touches_no_database(client):
    """Without the database mark, any query fails the test."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ok\n", "text/plain; charset=utf-8")


@pytest.mark.django_db
def test_readyz_writes_a_row_and_takes_it_back(client, django_assert_num_queries):
    with django_assert_num_queries(5) as queries:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert any("INSERT INTO" in query["sql"] for query in queries.captured_queries)
    assert not UsedInvitation.objects.exists()


def test_readyz_writes_to_the_spool_and_takes_it_back(client, db):
    assert answer(client) == (200, "ready\n")
    assert spool.count() == 0


def test_a_site_whose_spool_takes_what_the_database_does_not_is_ready_and_says_so(client, no_database):
    assert answer(client) == (200, "ready, but: database away; 0 wait\n")
    spool.put(uuid.uuid4(), b"canary", timezone.now())
    assert answer(client) == (200, "ready, but: database away; 1 wait\n")


def test_a_site_without_its_spool_is_ready_and_says_so(client, db, no_spool):
    assert answer(client) == (200, "ready, but: spool away\n")


def test_a_site_that_can_store_a_request_nowhere_is_not_ready(client, no_database, no_spool):
    assert answer(client) == (503, "not ready: database, spool\n")


def test_a_spool_that_cannot_be_written_is_away(client, db, settings):
    (settings.SPOOL_DIR / spool.FILE).write_bytes(b"no database at all" * 100)
    assert answer(client) == (200, "ready, but: spool away\n")


def test_what_waits_in_the_spool_is_told_after_ten_minutes(client, db):
    came = timezone.now() - 9 * MINUTE
    spool.put(uuid.uuid4(), b"x", came)
    assert answer(client) == (200, "ready\n")
    spool.put(uuid.uuid4(), b"y", came - 2 * MINUTE)
    assert answer(client) == (200, f"ready, but: 2 wait since {at(came - 2 * MINUTE)}\n")


def test_a_silent_sweeper_is_told_after_ten_minutes(client, db, settings):
    swept = timezone.now() - 9 * MINUTE
    heartbeat.write(Heartbeat(at=swept))
    assert answer(client) == (200, "ready\n")
    heartbeat.write(Heartbeat(at=swept - 2 * MINUTE))
    assert answer(client) == (200, f"ready, but: sweeper silent since {at(swept - 2 * MINUTE)}\n")


@pytest.mark.parametrize("left", [None, "", "{}", '{"at": "often"}'])
def test_a_sweeper_that_left_nothing_that_can_be_read_is_silent(client, db, settings, left):
    (settings.DATA_DIR / heartbeat.FILE).unlink()
    if left is not None:
        (settings.DATA_DIR / heartbeat.FILE).write_text(left)
    assert answer(client) == (200, "ready, but: sweeper silent\n")


def test_mail_that_fails_is_told_after_ten_minutes(client, db):
    now = timezone.now()
    heartbeat.write(Heartbeat(at=now, mail_failing_since=now - 9 * MINUTE))
    assert answer(client) == (200, "ready\n")
    heartbeat.write(Heartbeat(at=now, mail_failing_since=now - 11 * MINUTE))
    assert answer(client) == (200, f"ready, but: mail failing since {at(now - 11 * MINUTE)}\n")


def test_what_cannot_be_opened_is_told_at_once(client, db):
    heartbeat.write(Heartbeat(at=timezone.now(), cannot_open=2))
    assert answer(client) == (200, "ready, but: 2 cannot be opened\n")


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"X-Forwarded-For": "203.0.113.7"}},
        {"headers": {"X-Forwarded-Proto": "https"}},
        {"headers": {"Forwarded": "for=203.0.113.7"}},
        {"REMOTE_ADDR": "203.0.113.7"},
    ],
)
def test_who_asks_through_a_proxy_learns_whether_it_is_ready_and_no_more(client, db, monkeypatch, asked):
    heartbeat.write(Heartbeat(at=timezone.now(), cannot_open=2))
    assert client.get("/readyz", **asked).content == b"ready\n"
    monkeypatch.setattr(publishing, "is_loaded", lambda: False)
    answer = client.get("/readyz", **asked)
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


@pytest.mark.django_db
def test_readyz_names_content_that_is_not_loaded(client, monkeypatch):
    monkeypatch.setattr(publishing, "is_loaded", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: content\n")


def test_a_database_file_that_has_gone_is_told_and_not_made_anew(site):
    (site.data_dir / "db.sqlite3").rename(site.data_dir / "moved")
    status, words = site.get("/readyz")
    assert status == 200
    assert b"database away; 0 wait" in words
    assert not (site.data_dir / "db.sqlite3").exists()
