"""When a number shows: to who holds the call, in hours and times for calls, where it was not stopped."""

import datetime
import zoneinfo

import pytest

from intake.attempts import StaffNote
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.words import Outcome
from tests.intake.conftest import card, on_record, staff

CLEVELAND = zoneinfo.ZoneInfo("America/New_York")
NUMBER = "(216) 555-0187"


def at(time: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"2026-03-03 {time}").replace(tzinfo=CLEVELAND)


@pytest.fixture
def sue(db):
    return staff("Sue", "triage", "supervisor")


@pytest.mark.parametrize(
    ("time", "times", "shows"),
    [
        ("07:59", (), False),
        ("08:00", (), True),
        ("20:59", (), True),
        ("21:00", (), False),
        ("10:00", ("morning",), True),
        ("10:00", ("evening",), False),
        ("17:00", ("evening",), True),
        ("12:00", ("morning", "evening"), False),
    ],
)
def test_the_number_shows_in_the_persons_times_and_from_8_to_21_h(page_of, jo, make_request, clock, time, times, shows):
    clock.now = at(time)
    stored = make_request("+12165550187", preferred_times=times)
    stored.claim(jo, clock.now)
    page = page_of(jo, card(stored))
    assert (NUMBER in page, "tel:" in page) == (shows, shows)
    assert ("So the number does not show" in page) == (not shows)


def test_a_supervisor_says_why_and_then_it_shows_to_who_holds_the_call(client_of, jo, tom, sue, make_request, clock):
    clock.now = at("21:30")
    stored = make_request("+12165550187")
    stored.claim(jo, clock.now)
    assert client_of(jo).post(card(stored, "allow_dialling"), {"reason": "asked"}).status_code == 403
    assert "Write down why" in client_of(sue).post(card(stored, "allow_dialling")).content.decode()
    assert NUMBER not in client_of(jo).get(card(stored)).content.decode()

    client_of(sue).post(card(stored, "allow_dialling"), {"reason": "She asked for ten at night."})

    assert NUMBER in client_of(jo).get(card(stored)).content.decode()
    assert NUMBER not in client_of(sue).get(card(stored)).content.decode()
    [note] = StaffNote.objects.all()
    assert note.text == "Called outside the rules, because: She asked for ten at night."
    assert (stored.reference, "Let the number be dialled now") in on_record()
    fresh = CallbackRequest.objects.get()
    fresh.release(jo, clock.now)
    fresh.claim(tom, clock.now)
    assert NUMBER not in client_of(tom).get(card(stored)).content.decode()  # it held for that claim alone


def test_where_somebody_may_be_in_danger_it_shows_at_any_hour(page_of, jo, make_request, clock):
    clock.now = at("03:00")
    stored = make_request("+12165550187", crisis=True, preferred_times=("evening",))
    stored.claim(jo, clock.now)
    assert NUMBER in page_of(jo, card(stored))


def test_who_said_when_is_called_then_and_who_only_talked_in_the_times_they_picked(page_of, jo, make_request, clock):
    stored = make_request("+12165550187", preferred_times=("evening",))
    stored.claim(jo, clock.now)
    stored.record_attempt(jo, Outcome.THEY_CALLED, clock.now)
    assert NUMBER not in page_of(jo, card(stored))
    stored.record_attempt(jo, Outcome.CALL_LATER, clock.now, later=at("14:00"))
    clock.now = at("14:00")
    stored.claim(jo, clock.now)
    assert NUMBER in page_of(jo, card(stored))


@pytest.mark.parametrize("outcome", ["asked_to_stop", "wrong_number"])
def test_a_number_that_was_stopped_shows_to_nobody_who_takes_the_next_request(client_of, jo, make_request, outcome):
    first, client = make_request("+12165550187"), client_of(jo)
    client.post(card(first, "take"))
    client.post(card(first, "attempt"), {"outcome": outcome})
    anew = make_request("+12165550187")
    assert anew.pk != first.pk
    assert anew.needs_look
    client.post(card(anew, "take"))
    page = client.get(card(anew)).content.decode()
    assert NUMBER not in page
    assert "Someone at this number asked us not to call it, or it was the wrong one." in page


def test_a_talk_with_its_owner_ends_the_stop_and_undoing_the_talk_brings_it_back(client_of, jo, make_request):
    first, client = make_request("+12165550187"), client_of(jo)
    client.post(card(first, "take"))
    client.post(card(first, "attempt"), {"outcome": "asked_to_stop"})
    anew = make_request("+12165550187")
    client.post(card(anew, "take"))
    client.post(card(anew, "attempt"), {"outcome": "they_called"})
    assert not StoppedNumber.objects.exists()
    client.post(card(anew, "undo_last"))
    assert StoppedNumber.objects.exists()
