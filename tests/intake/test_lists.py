"""In which lists of the desk a request stands, in every state that it can come to: exact sets."""

import datetime

import pytest

from intake import standing, undo, visits
from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from reentry_site import facts
from tests.intake.conftest import MINUTE, store, withdraw
from tests.intake.grid import DAY
from tests.intake.test_outcomes import local


def lists(request: CallbackRequest, moment: datetime.datetime) -> set[str]:
    """The names of the lists that it stands in at this moment."""
    calendar, requests = Calendar(facts.current()), CallbackRequest.objects
    sets = {
        "call": requests.callable_now(moment, calendar),
        "overdue": requests.overdue(moment),
        "wait": requests.waiting(moment, calendar),
        "look": requests.needing_a_look(),
    }
    found = {name for name, rows in sets.items() if request in rows}
    assert not {"call", "wait"} <= found
    assert found or request not in requests.open(), "an open request that no list shows"
    return found


@pytest.fixture
def at_work(make_request, jo, now):
    """A request, or one after Jo has written down this outcome on Tuesday at 10."""

    def work(outcome: Outcome | None = None, *, times=(), crisis=False, look=(), **how) -> CallbackRequest:
        ways = {"voicemail_ok": True, "text_ok": True}
        request = make_request(at=now, preferred_times=times, crisis=crisis, look=look, **ways)
        if outcome:
            request.claim(jo, now)
            request.record_attempt(jo, outcome, now, **how)
        return CallbackRequest.objects.get(pk=request.pk)

    return work


TUE_10, TUE_14, TUE_17, TUE_NIGHT = (local(f"2026-03-03 {at}") for at in ("10:00", "14:00", "17:00", "22:00"))
WED_10, WED_12, WED_18 = (local(f"2026-03-04 {at}") for at in ("10:00", "12:00", "18:00"))
SUNDAY = local("2026-03-08 11:00")


@pytest.mark.parametrize(
    ("times", "moment", "expected"),
    [
        ((), TUE_10, {"call"}),
        ((), TUE_NIGHT, {"wait"}),
        (("evening",), TUE_10, {"wait"}),
        (("evening",), TUE_17, {"call"}),
        (("morning", "evening"), TUE_14, {"wait"}),
        ((), WED_18 - MINUTE, {"call"}),
        ((), WED_18, {"wait", "overdue"}),  # the desk has closed, and the promise is broken
        ((), SUNDAY, {"wait", "overdue"}),
    ],
)
def test_a_new_request(at_work, times, moment, expected):
    assert lists(at_work(times=times), moment) == expected


def test_one_that_needs_a_look_keeps_its_clock(at_work):
    request = at_work(look=("trap",))
    assert lists(request, TUE_10) == {"look"}
    assert lists(request, WED_18) == {"look", "overdue"}


@pytest.mark.parametrize(
    ("outcome", "due", "overdue"),
    [
        (Outcome.BUSY, TUE_14, local("2026-03-03 18:00")),
        (Outcome.NO_ANSWER, WED_12, WED_18),
        (Outcome.SOMEONE_ELSE, WED_12, WED_18),
        (Outcome.LEFT_VOICEMAIL, WED_10, local("2026-03-04 17:00")),
        (Outcome.TEXT_SENT, WED_10, local("2026-03-04 17:00")),
        (Outcome.NOT_IN_SERVICE, WED_10, local("2026-03-04 17:00")),
        (Outcome.REACHED, WED_10, local("2026-03-04 17:00")),
        (Outcome.THEY_CALLED, WED_10, local("2026-03-04 17:00")),
    ],
)
def test_who_was_just_tried_is_hidden_until_due_and_overdue_one_window_later(at_work, outcome, due, overdue):
    request = at_work(outcome)
    assert lists(request, TUE_10) == {"wait"}
    assert lists(request, due - MINUTE) == {"wait"}
    assert lists(request, due) == {"call"}
    assert "overdue" not in lists(request, overdue - MINUTE)
    assert "overdue" in lists(request, overdue)


def test_who_said_when_is_called_then_whatever_times_they_had_picked(at_work):
    request = at_work(Outcome.CALL_LATER, times=("evening",), later=TUE_14)
    assert lists(request, TUE_14 - MINUTE) == {"wait"}
    assert lists(request, TUE_14) == {"call"}
    assert lists(request, TUE_NIGHT) == {"wait", "overdue"}


def test_who_was_missed_is_called_in_the_times_they_picked(at_work):
    request = at_work(Outcome.NO_ANSWER, times=("evening",))
    assert lists(request, local("2026-03-04 17:00")) == {"call"}
    assert lists(request, local("2026-03-05 10:00")) == {"wait"}


@pytest.mark.parametrize("outcome", [Outcome.WRONG_NUMBER, Outcome.ASKED_TO_STOP, Outcome.IN_CRISIS])
def test_what_is_closed_stands_in_none(at_work, outcome):
    assert lists(at_work(outcome, note="911 was called."), SUNDAY) == set()


def test_a_visit_ahead_waits_and_its_day_is_called(at_work):
    request = at_work(Outcome.REACHED, visit=datetime.date(2026, 3, 4))
    assert lists(request, TUE_14) == {"wait"}
    visits.bring_up(local("2026-03-04 09:00"))
    assert lists(request, WED_12) == {"wait"}
    assert lists(request, local("2026-03-04 17:00")) == {"call"}
    assert lists(request, SUNDAY) == {"wait", "overdue"}


def test_who_missed_their_visit_is_called_at_once(at_work, jo):
    request = at_work(Outcome.REACHED, visit=datetime.date(2026, 3, 4))
    request.claim(jo, WED_12)
    request.miss_visit(jo, WED_12)
    assert lists(request, WED_12) == {"call"}


@pytest.mark.parametrize("moment", [TUE_10, TUE_NIGHT, SUNDAY])
def test_a_crisis_stands_there_at_any_hour_until_we_talked(at_work, moment):
    assert "call" in lists(at_work(times=("evening",), crisis=True), moment)


def test_a_crisis_that_was_only_missed_stays_and_one_that_talked_waits(at_work, jo):
    request = at_work(Outcome.NO_ANSWER, crisis=True)
    assert lists(request, TUE_10) == {"call"}
    request.claim(jo, TUE_10)
    request.record_attempt(jo, Outcome.REACHED, TUE_10)
    assert lists(request, TUE_10) == {"wait"}
    assert lists(request, local("2026-03-04 22:00")) == {"call", "overdue"}


def test_a_crisis_that_needs_a_look_is_in_both(at_work):
    assert lists(at_work(look=("trap",), crisis=True), TUE_10) == {"call", "look"}


def test_who_took_back_a_crisis_is_read_and_not_called(db):
    version = store(TUE_10, note="I want to die")
    withdraw(version, TUE_10)
    assert lists(version.request, TUE_10) == {"look"}


def test_who_is_to_be_asked_again_stands_in_none_until_then(at_work):
    request = at_work(Outcome.REACHED, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=30)
    then = local("2026-04-02 11:00")
    assert lists(request, then) == set()
    standing.come_back(request, then)
    assert lists(request, then) == {"call"}


def test_what_was_taken_back_is_to_be_called_as_before(at_work, jo):
    request = at_work(Outcome.NO_ANSWER)
    undo.undo_last(request, jo, TUE_10 + MINUTE)
    assert lists(request, TUE_10 + MINUTE) == {"call"}


def test_mine_is_what_one_holds_now(desk):
    requests = {held: desk.stands_at("new", held) for held in ("free", "mine", "theirs", "mine_before")}
    assert set(CallbackRequest.objects.held_by(desk.jo, desk.now)) == {requests["mine"]}
    assert set(CallbackRequest.objects.held_by(desk.jo, desk.now + 19 * MINUTE)) == {requests["mine"]}
    assert set(CallbackRequest.objects.held_by(desk.jo, desk.now + 20 * MINUTE)) == set()
    assert set(CallbackRequest.objects.held_by(desk.tom, desk.now)) == {requests["theirs"]}
    assert set(CallbackRequest.objects.held_by(desk.sue, desk.now)) == set()


def test_asking_again_comes_up_on_its_moment(at_work):
    request = at_work(Outcome.REACHED, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=30)
    due = local("2026-04-02 11:00")
    assert set(CallbackRequest.objects.to_ask_again(due - MINUTE)) == set()
    assert set(CallbackRequest.objects.to_ask_again(due)) == {request}
    assert CallbackRequest.objects.purge(due + 100 * DAY) == 0
