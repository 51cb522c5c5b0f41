"""The sweeper's rounds: each part does its work from the rows' own state, and none keeps another from running."""

import datetime
import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from intake import accepting, heartbeat, notifications, spool
from intake.answers import Answers, seal
from intake.management.commands import sweep
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.sweeping import Sweeper
from intake.words import Resolution
from reentry_site.record import chain
from reentry_site.record.models import Entry
from tests.intake.conftest import TUESDAY_10

NUMBER = "+12165550143"


def put_in_the_spool(phone=NUMBER, sealed=None) -> None:
    asked = Submission(phone, note="zebra marmalade")
    version_id = asked.version_id(0)
    spool.put(version_id, sealed or seal(asked, version_id), timezone.now())


def raising(error=RuntimeError):
    def part(now):
        raise error("canary")

    return part


def failures(caplog) -> int:
    """How often the log told that something failed; the record's head stands there too."""
    return len([each for each in caplog.records if each.levelname == "ERROR"])


@pytest.mark.django_db(transaction=True)
def test_a_round_brings_in_what_waits_and_purges_what_is_old(make_request, jo):
    old = make_request()
    old.claim(jo, TUESDAY_10)
    old.close(jo, Resolution.DUPLICATE, TUESDAY_10)
    put_in_the_spool("+12165550199")
    assert Sweeper().round()
    assert [request.submission.phone for request in CallbackRequest.objects.all()] == ["+12165550199"]
    assert spool.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failing", ["drain", "mail", "purge", "look"])
def test_a_part_that_fails_keeps_no_other_from_running(make_request, jo, monkeypatch, failing, caplog):
    old = make_request()
    old.claim(jo, TUESDAY_10)
    old.close(jo, Resolution.DUPLICATE, TUESDAY_10)
    put_in_the_spool()
    (settings.DATA_DIR / heartbeat.FILE).unlink()
    sent = []
    monkeypatch.setattr(notifications, "send", sent.append)
    at = {
        "drain": (accepting, "drain"),
        "mail": (notifications, "send"),
        "purge": (type(CallbackRequest.objects), "purge"),
        "look": (notifications, "failing_since"),
    }
    monkeypatch.setattr(*at[failing], lambda *args: raising()(args))

    sweeper = Sweeper()
    assert (sweeper.round(), sweeper.round()) == (False, False)

    assert {
        "drain": spool.count() == 0,
        "mail": bool(sent),
        "purge": not CallbackRequest.objects.filter(pk=old.pk).exists(),
        "look": True,
    } == {each: each != failing or each == "look" for each in at}
    assert heartbeat.read() is not None
    assert failures(caplog) == 1  # said once, however often it fails


@pytest.mark.django_db(transaction=True)
def test_the_first_round_tells_the_records_head_and_forgets_what_is_old_in_it(monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: TUESDAY_10 - 7 * 366 * datetime.timedelta(days=1))
        chain.write([chain.Line(None, "long ago")])
    chain.write([chain.Line(None, "just now")])
    sweeper = Sweeper()
    assert (sweeper.round(), sweeper.round()) == (True, True)
    assert list(Entry.objects.values_list("what", flat=True)) == ["just now"]
    assert [each.record_head for each in caplog.records] == [Entry.objects.get().mac]  # once


def test_what_failed_is_said_again_after_it_had_worked(db, monkeypatch, caplog):
    sweeper, drain = Sweeper(), accepting.drain
    for works in (False, True, False):
        monkeypatch.setattr(accepting, "drain", drain if works else lambda: raising()(None))
        sweeper.round()
    assert failures(caplog) == 2


def test_the_heartbeat_counts_what_no_key_opens_among_open_requests_and_in_the_spool(make_request, jo):
    make_request()
    damaged, closed = make_request("+12165550101"), make_request("+12165550102")
    closed.claim(jo, timezone.now())
    closed.close(jo, Resolution.DUPLICATE, timezone.now())
    Answers.objects.filter(request__in=[damaged, closed]).update(sealed=b"damaged")
    put_in_the_spool(sealed=b"damaged")
    Sweeper().round()
    assert heartbeat.read().cannot_open == 2
    assert bytes(damaged.versions.get().sealed) == b"damaged"  # never saved anew


def test_while_the_database_is_away_the_heartbeat_keeps_what_was_found_last(make_request, monkeypatch):
    request, sweeper = make_request(), Sweeper()
    request.versions.update(sealed=b"damaged")
    sweeper.round()
    first = heartbeat.read()
    monkeypatch.setattr(notifications, "failing_since", lambda: raising()(None))
    monkeypatch.setattr(sweeper, "_due", dict.fromkeys(sweeper._due, 0.0))
    sweeper.round()
    assert (heartbeat.read().cannot_open, heartbeat.read().at > first.at) == (1, True)


def test_the_heartbeat_says_nothing_of_a_person(make_request):
    request = make_request(name="Rosalind")
    Sweeper().round()
    text = (settings.DATA_DIR / heartbeat.FILE).read_text()
    assert json.loads(text).keys() == {"at", "cannot_open", "mail_failing_since"}
    assert not any(word in text for word in ("Rosalind", request.reference, str(request.pk)))


def test_one_round_by_hand_ends_with_1_where_a_part_failed(db, monkeypatch):
    put_in_the_spool()
    call_command("sweep", "--once")
    assert CallbackRequest.objects.count() == 1
    monkeypatch.setattr(notifications, "send", raising())
    with pytest.raises(SystemExit, match="1"):
        call_command("sweep", "--once")


def test_it_ends_when_the_process_that_started_it_has_gone(monkeypatch):
    parents, rounds = iter([77, 77, 77, 1]), []
    monkeypatch.setattr(sweep.os, "getppid", lambda: next(parents))
    monkeypatch.setattr(sweep.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sweep, "EVERY", 0)
    monkeypatch.setattr(sweep, "close_old_connections", lambda: None)
    monkeypatch.setattr(Sweeper, "round", lambda sweeper: rounds.append(sweeper))
    call_command("sweep")
    assert len(rounds) == 2


def test_what_waited_keeps_the_time_at_which_it_was_sent(db):
    moment = timezone.now() - datetime.timedelta(hours=3)
    asked = Submission(NUMBER)
    version_id = asked.version_id(0)
    spool.put(version_id, seal(asked, version_id), moment)
    Sweeper().round()
    assert CallbackRequest.objects.get().asked_at == moment
