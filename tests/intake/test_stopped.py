"""A number where somebody asked us to stop is not dialled again: not after a purge, and not for who asks anew there."""

import datetime

import pytest
from django.db import connection

from intake import standing, undo
from intake.cadence import Calendar
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.words import Look, Outcome, Resolution, Status
from reentry_site import facts
from tests.intake.conftest import MINUTE, NUMBER, change, code_of, store
from tests.intake.grid import DAY

ELSEWHERE = "+12165550199"


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


@pytest.fixture
def stopped(make_request, jo, now):
    """Sam asked us to stop, a moment ago."""
    request = make_request(name="Sam")
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.ASKED_TO_STOP, now)
    return request


@pytest.fixture
def anew(stopped, make_request, now):
    """Somebody asks at that number, on the next morning."""
    return make_request(at=now + DAY)


def is_callable(request, moment) -> bool:
    return request in CallbackRequest.objects.callable_now(moment, Calendar(facts.current()))


def test_a_number_stays_stopped_when_the_request_is_purged(stopped, now):
    assert CallbackRequest.objects.purge(now + 91 * DAY) == 1
    assert [each.phone_hash for each in StoppedNumber.objects.all()] == [stopped.phone_hash]
    again = store(now + 92 * DAY).request
    assert again.needs_look and not again.may_be_dialled(now + 92 * DAY)


def test_nothing_but_a_keyed_hash_is_kept_of_a_stopped_number(stopped):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM intake_stoppednumber")
        row = " ".join(map(str, cursor.fetchone()))
    assert stopped.phone_hash in row and NUMBER[2:] not in row


def test_who_asks_anew_there_needs_a_look_with_the_reason_and_is_not_dialled(anew, now):
    assert (anew.status, anew.needs_look) == (Status.NEW, True)
    assert anew.versions.get().look == (Look.STOPPED,)
    assert not anew.may_be_dialled(now + DAY)
    assert not is_callable(anew, now + DAY)


def test_who_asked_there_before_it_was_stopped_and_sends_again_needs_a_look(make_request, jo, now):
    request = make_request(name="Sam")
    StoppedNumber.stop(request.phone_hash, now)
    make_request(name="Sam", note="please", at=now + MINUTE)
    assert fresh(request).needs_look


def test_who_gives_a_stopped_number_in_place_of_another_needs_a_look(stopped, now):
    moved = change(code_of(store(now, phone=ELSEWHERE)), now + MINUTE, phone=NUMBER).request
    assert moved.needs_look and not moved.may_be_dialled(now + MINUTE)


def test_a_supervisor_allows_one_claim_and_no_more(desk, anew):
    morning = desk.now + DAY
    anew.claim(desk.jo, morning)
    assert not anew.may_be_dialled(morning)
    anew.allow_dialling(desk.sue, morning, reason="They wrote that it was a slip.")
    assert fresh(anew).may_be_dialled(morning + 59 * MINUTE)
    assert not fresh(anew).may_be_dialled(morning + 60 * MINUTE)
    fresh(anew).claim(desk.jo, morning + 5 * MINUTE)  # theirs begins anew
    assert fresh(anew).may_be_dialled(morning + 6 * MINUTE)
    fresh(anew).release(desk.jo, morning + 6 * MINUTE)
    assert not fresh(anew).may_be_dialled(morning + 6 * MINUTE)
    fresh(anew).claim(desk.tom, morning + 7 * MINUTE)
    assert not fresh(anew).may_be_dialled(morning + 7 * MINUTE)
    assert [note.text for note in anew.staff_notes.all()] == [
        "Called outside the rules, because: They wrote that it was a slip."
    ]


def test_what_a_supervisor_allowed_does_not_go_to_who_takes_an_ended_claim(desk, anew):
    morning = desk.now + DAY
    anew.claim(desk.jo, morning)
    anew.allow_dialling(desk.sue, morning, reason="x")
    fresh(anew).claim(desk.tom, morning + 21 * MINUTE)
    assert not fresh(anew).may_be_dialled(morning + 22 * MINUTE)


def test_nobody_allows_dialling_what_the_client_changed_meanwhile(desk, anew):
    morning = desk.now + DAY
    anew.claim(desk.jo, morning)
    known = fresh(anew)
    store(morning + MINUTE, note="more")
    with pytest.raises(Refused):
        known.allow_dialling(desk.sue, morning + MINUTE, reason="x")
    assert not fresh(anew).may_be_dialled(morning + MINUTE)


@pytest.mark.parametrize("outcome", [Outcome.REACHED, Outcome.THEY_CALLED, Outcome.CALL_LATER])
def test_a_talk_lifts_the_stop(anew, jo, now, outcome):
    morning = now + DAY
    anew.claim(jo, morning)
    anew.record_attempt(jo, outcome, morning, later=morning + MINUTE)
    assert not StoppedNumber.has(anew.phone_hash)
    assert fresh(anew).may_be_dialled(morning)
    assert not store(morning + MINUTE, name="Ana").request.needs_look


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.SOMEONE_ELSE, Outcome.BUSY, Outcome.NOT_IN_SERVICE])
def test_a_try_that_reached_nobody_lifts_no_stop(anew, jo, now, outcome):
    anew.claim(jo, now + DAY)
    anew.record_attempt(jo, outcome, now + DAY)
    assert StoppedNumber.has(anew.phone_hash)
    assert not fresh(anew).may_be_dialled(fresh(anew).next_try_at)


def test_a_talk_that_ends_with_not_now_leaves_the_number_stopped(anew, jo, now):
    anew.claim(jo, now + DAY)
    anew.record_attempt(jo, Outcome.REACHED, now + DAY, resolution=Resolution.DECLINED_FOR_NOW)
    assert StoppedNumber.has(anew.phone_hash)


def test_a_crisis_may_be_dialled_at_a_stopped_number_and_at_night(stopped, make_request, now):
    crisis = make_request(at=now + DAY, note="I want to die")
    for moment in (now + DAY, now + DAY + datetime.timedelta(hours=14)):
        assert crisis.may_be_dialled(moment)
        assert is_callable(crisis, moment)


@pytest.mark.parametrize("outcome", [Outcome.ASKED_TO_STOP, Outcome.WRONG_NUMBER])
def test_a_stop_closes_what_is_open_there_whoever_held_it_before(make_request, jo, tom, now, outcome):
    sam, ana, cy = (make_request(name=name) for name in ("Sam", "Ana", "Cy"))
    other = make_request(ELSEWHERE)
    crisis = make_request(name="Dee", crisis=True)
    ana.claim(tom, now - 21 * MINUTE)
    sam.claim(jo, now)

    closed = fresh(sam).record_attempt(jo, outcome, now)

    assert set(closed) == {ana, cy}
    assert {each.status for each in map(fresh, (sam, ana, cy))} == {Status.CLOSED}
    assert (fresh(ana).resolution, fresh(ana).claimed_by, fresh(ana).tries) == (fresh(sam).resolution, None, 0)
    assert (fresh(crisis).status, fresh(crisis).needs_look) == (Status.NEW, True)
    assert (fresh(other).status, fresh(other).needs_look) == (Status.NEW, False)


# When it may be dialled at all ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "times", "may"),
    [
        (7, (), False),
        (8, (), True),
        (20, (), True),
        (21, (), False),
        (10, ("morning",), True),
        (12, ("morning",), False),
        (10, ("evening",), False),
        (20, ("evening",), True),
        (21, ("evening",), False),
    ],
)
def test_nobody_is_dialled_outside_8_to_21_or_their_times(make_request, now, hour, times, may):
    request = make_request(preferred_times=times)
    assert request.may_be_dialled(now + datetime.timedelta(hours=hour - 10)) is may


def test_who_has_talked_with_us_is_dialled_at_the_hour_they_said(make_request, jo, now):
    request = make_request(preferred_times=("evening",))
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.CALL_LATER, now, later=now + 60 * MINUTE)
    assert request.may_be_dialled(now + 60 * MINUTE)
    assert not request.may_be_dialled(now + datetime.timedelta(hours=12))  # 22 h


# What an agreed call and an undone stop come to ------------------------------------------------------------------


def test_who_agreed_at_a_stopped_number_to_be_asked_again_is_asked(anew, jo, now):
    anew.claim(jo, now + DAY)
    anew.record_attempt(jo, Outcome.REACHED, now + DAY, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=30)
    standing.come_back(fresh(anew), now + 31 * DAY)
    assert fresh(anew).status == Status.REACHED


def test_what_was_closed_with_another_is_not_opened_alone_at_a_number_that_is_stopped(stopped, make_request, jo, now):
    sam, ana = make_request(ELSEWHERE, name="Sam"), make_request(ELSEWHERE, name="Ana")
    sam.claim(jo, now)
    sam.record_attempt(jo, Outcome.ASKED_TO_STOP, now)
    with pytest.raises(Refused):
        undo.undo_last(fresh(ana), jo, now + MINUTE)
    assert fresh(ana).status == Status.CLOSED
