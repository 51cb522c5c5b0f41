"""What the desk says of the system itself: what has not arrived here yet, and that no mail will tell of it."""

import datetime
import uuid

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from intake import heartbeat, spool
from intake.admin import queue
from intake.heartbeat import Heartbeat
from tests.intake.conftest import QUEUE

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def alarms(page_of, jo):
    """The lines above the queue, as one page."""
    return lambda: page_of(jo, QUEUE).partition('aria-label="Which calls"')[0]


def test_while_all_is_well_nothing_is_said(alarms):
    assert 'class="warn"' not in alarms()
    assert "arriving" not in alarms()


def test_requests_that_wait_in_the_spool_are_counted_above_the_queue(alarms):
    spool.put(uuid.uuid4(), b"canary", timezone.now())
    assert "1 request stored safely, arriving shortly." in alarms()
    spool.put(uuid.uuid4(), b"canary", timezone.now())
    assert "2 requests stored safely, arriving shortly." in alarms()
    assert "canary" not in alarms()


def test_a_spool_that_cannot_be_read_is_told(alarms, settings):
    (settings.SPOOL_DIR / spool.FILE).unlink()
    assert "The spool cannot be read. Tell the operator." in alarms()


def test_mail_that_does_not_go_out_is_told(alarms):
    now = timezone.now()
    heartbeat.write(Heartbeat(at=now, mail_failing_since=now - MINUTE))
    assert "The mail to staff has not gone out since " in alarms()
    assert "look here yourself." in alarms()


def test_a_sweeper_that_stopped_is_told(alarms):
    heartbeat.write(Heartbeat(at=timezone.now() - 11 * MINUTE))
    assert "No mail goes out, and stored requests do not arrive here." in alarms()


# While the database is away -----------------------------------------------------------------------------------


@pytest.fixture
def away(client_of, jo, monkeypatch):
    """The queue's page while the database fails in this way."""

    def ask(error: Exception):
        def fail(request):
            raise error

        client = client_of(jo)
        client.raise_request_exception = False
        monkeypatch.setattr(queue, "show", fail)
        return client.get(QUEUE)

    return ask


@pytest.mark.parametrize("error", [OperationalError("canary"), InterfaceError("canary")])
def test_a_database_that_is_away_is_a_calm_page_with_the_phone(away, error):
    page = away(error)
    assert page.status_code == 503
    words = page.content.decode()
    assert "The desk is away for a moment" in words
    assert "What clients send meanwhile is stored safely, and comes here by itself." in words
    assert "(216) 480-4860" in words
    assert "canary" not in words


def test_where_the_spool_is_away_too_nothing_is_said_to_be_safe(away, settings):
    (settings.SPOOL_DIR / spool.FILE).unlink()
    words = away(OperationalError()).content.decode()
    assert "safely" not in words
    assert "Clients cannot send their form now." in words
    assert "(216) 480-4860" in words


def test_another_fault_is_still_our_own(away):
    page = away(RuntimeError())
    assert page.status_code == 500
    assert "Something broke on our side" in page.content.decode()
