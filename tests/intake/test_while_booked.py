"""What happens to a first visit that is ahead while staff or the client go on: it is neither forgotten nor chased."""

import datetime

import pytest

from intake import visits
from intake.attempts import Visit
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution, Status
from tests.intake.conftest import change, code_of, store, withdraw
from tests.intake.grid import DAY
from tests.intake.test_outcomes import local

TENTH = datetime.date(2026, 3, 10)  # a Tuesday
ELSEWHERE = "+12165550199"


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


@pytest.fixture
def sent(db, now):
    return store(now, name="Sam")


@pytest.fixture
def booked(sent, jo, now):
    """Sam comes on Tuesday the 10th."""
    sent.request.claim(jo, now)
    sent.request.record_attempt(jo, Outcome.REACHED, now, visit=TENTH)
    return fresh(sent.request)


def stands(request: CallbackRequest) -> tuple:
    """What must stand until the day: the status, the day, and that nobody is called."""
    visit = fresh(request).visit
    return fresh(request).status, visit and visit.day, fresh(request).next_try_at


AHEAD = (Status.BOOKED, TENTH, None)


def test_other_choices_of_how_to_be_called_change_nothing_of_it(booked, sent):
    change(code_of(sent), text_ok=True)
    assert stands(booked) == AHEAD


def test_who_takes_it_back_is_not_asked_whether_they_came(booked, sent, now):
    withdraw(sent, now)
    visits.bring_up(local("2026-03-10 18:00"))
    assert stands(booked) == (Status.CLOSED, TENTH, None)


def test_who_asks_for_a_call_before_their_visit_is_called_and_still_booked(booked, now):
    store(now + DAY, name="Sam", note="please call")
    assert stands(booked) == (Status.BOOKED, TENTH, now + DAY)


def test_a_new_day_in_a_talk_takes_the_place_of_the_old(booked, jo, now):
    booked.claim(jo, now + DAY)
    booked.record_attempt(jo, Outcome.THEY_CALLED, now + DAY, visit=datetime.date(2026, 3, 12))
    assert stands(booked) == (Status.BOOKED, datetime.date(2026, 3, 12), None)
    assert fresh(booked).booked_at == now


@pytest.mark.parametrize("outcome", [Outcome.THEY_CALLED, Outcome.REACHED])
def test_a_talk_before_the_visit_leaves_it_as_agreed(booked, jo, now, outcome):
    """They ring to ask where the door is: nobody calls them tomorrow to ask whether they would like to come."""
    booked.claim(jo, now + DAY)
    booked.record_attempt(jo, outcome, now + DAY)
    assert stands(booked) == AHEAD


def test_another_number_takes_the_visit_along(booked, sent):
    moved = change(code_of(sent), phone=ELSEWHERE).request
    assert stands(moved) == AHEAD


def test_other_good_times_call_nobody_who_has_a_day(booked, sent):
    change(code_of(sent), preferred_times=("morning",))
    assert stands(booked) == AHEAD


def test_who_is_expected_is_not_closed_as_not_reached(booked, jo, now):
    for number in range(1, 6):
        request = fresh(booked)
        request.claim(jo, now + number * DAY)
        request.record_attempt(jo, Outcome.NO_ANSWER, now + number * DAY)
    assert fresh(booked).status == Status.BOOKED


def test_the_day_comes_up_also_where_a_call_was_missed_before_it(booked, jo, now):
    for day in (1, 2, 3, 4):
        request = fresh(booked)
        request.claim(jo, now + day * DAY)
        request.record_attempt(jo, Outcome.NO_ANSWER, now + day * DAY)
    visits.bring_up(local("2026-03-10 10:00"))
    assert fresh(booked).next_try_at <= local("2026-03-10 17:00")


def test_one_that_has_no_visit_any_more_comes_up_and_keeps_no_other_from_it(booked, jo, make_request):
    CallbackRequest.objects.update(visit=None)
    other = make_request("+12165550188", at=local("2026-03-09 10:00"))
    other.claim(jo, local("2026-03-09 10:00"))
    other.record_attempt(jo, Outcome.REACHED, local("2026-03-09 10:00"), visit=TENTH)
    visits.bring_up(local("2026-03-10 10:00"))
    assert None not in {fresh(booked).next_try_at, fresh(other).next_try_at}


def test_who_came_is_purged_with_their_visit_when_the_time_is_up(booked, jo, now):
    booked.claim(jo, now + 7 * DAY)
    booked.close(jo, Resolution.CAME_BACK, now + 7 * DAY)
    assert CallbackRequest.objects.purge(now + 98 * DAY) == 1
    assert not Visit.objects.exists()
