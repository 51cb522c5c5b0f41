"""Who comes up again by themselves: a first visit whose day has come, and who agreed to be asked again once."""

import datetime

import pytest

from intake import standing, visits
from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.words import Outcome, Resolution, Status
from reentry_site import facts
from tests.intake.conftest import MINUTE, store, withdraw
from tests.intake.grid import DAY
from tests.intake.test_outcomes import EVERY_DAY, local

TENTH = datetime.date(2026, 3, 10)  # a Tuesday


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


def due(request: CallbackRequest) -> tuple:
    stored = fresh(request)
    return stored.status, stored.next_try_at, stored.overdue_from


# First visits -----------------------------------------------------------------------------------------------------


@pytest.fixture
def booked(make_request, jo, now):
    """Sam comes on Tuesday the 10th."""
    request = make_request(name="Sam")
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.REACHED, now, visit=TENTH)
    return request


def test_nobody_is_called_before_the_day_of_their_visit(booked):
    visits.bring_up(local("2026-03-09 23:59"))
    assert due(booked) == (Status.BOOKED, None, None)
    assert not CallbackRequest.objects.callable_now(local("2026-03-09 17:30"), Calendar(facts.current())).exists()


def test_on_their_day_they_come_up_in_its_last_staffed_window(booked):
    CallbackRequest.objects.update(told_at=local("2026-03-03 10:00"))
    visits.bring_up(local("2026-03-10 00:00"))
    assert due(booked) == (Status.BOOKED, local("2026-03-10 17:00"), local("2026-03-11 12:00"))
    assert fresh(booked).told_at is None
    calendar = Calendar(facts.current())
    assert not CallbackRequest.objects.callable_now(local("2026-03-10 16:59"), calendar).exists()
    assert booked in CallbackRequest.objects.callable_now(local("2026-03-10 17:00"), calendar)


def test_by_the_clinics_hours_the_last_window_is_another(booked, clinic_with):
    clinic_with('hours:\n  tuesday: "9:00-15:00"\n  wednesday: "9:00-15:00"\n')
    visits.bring_up(local("2026-03-10 08:00"))
    assert due(booked) == (Status.BOOKED, local("2026-03-10 12:00"), local("2026-03-11 12:00"))


@pytest.mark.parametrize(
    ("now_is", "then"),
    [
        ("2026-03-10 17:40", "2026-03-10 17:40"),  # the sweeper came late: at once
        ("2026-03-12 09:00", "2026-03-12 09:00"),  # the day went by: at once
    ],
)
def test_a_day_that_has_nearly_gone_or_gone_by_comes_up_at_once(booked, now_is, then):
    visits.bring_up(local(now_is))
    assert due(booked)[1] == local(then)


def test_a_visit_on_a_day_that_turns_out_closed_still_comes_up(booked, clinic_with):
    clinic_with('closed_days:\n  - "2026-03-10"\n')
    visits.bring_up(local("2026-03-10 10:00"))
    assert due(booked)[1] == local("2026-03-10 10:00")


def test_a_visit_on_the_day_when_the_clocks_change_comes_up_at_the_same_hour(make_request, jo, now, clinic_with):
    clinic_with(EVERY_DAY)
    request = make_request()
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.REACHED, now, visit=datetime.date(2026, 3, 8))
    visits.bring_up(local("2026-03-08 00:30"))
    assert due(request) == (Status.BOOKED, local("2026-03-08 17:00"), local("2026-03-09 12:00"))


def test_a_second_round_changes_nothing(booked):
    visits.bring_up(local("2026-03-10 10:00"))
    before = CallbackRequest.objects.filter(pk=booked.pk).values().get()
    visits.bring_up(local("2026-03-10 17:30"))
    assert CallbackRequest.objects.filter(pk=booked.pk).values().get() == before


def test_a_visit_whose_day_no_key_opens_comes_up_today(booked):
    booked.visits.update(sealed=b"")
    visits.bring_up(local("2026-03-05 10:00"))
    assert due(booked)[1] == local("2026-03-05 17:00")


@pytest.mark.parametrize(
    ("missed_at", "then", "overdue"),
    [
        ("2026-03-10 17:10", "2026-03-10 17:10", "2026-03-11 12:00"),
        ("2026-03-10 11:00", "2026-03-10 11:00", "2026-03-10 17:00"),
        ("2026-03-10 18:30", "2026-03-11 08:00", "2026-03-11 17:00"),  # the desk has closed
    ],
)
def test_who_did_not_come_is_called_the_same_day_while_the_desk_is_open(booked, jo, missed_at, then, overdue):
    visits.bring_up(local("2026-03-10 09:00"))
    request = fresh(booked)
    request.claim(jo, local(missed_at))
    request.miss_visit(jo, local(missed_at))
    assert due(booked) == (Status.REACHED, local(then), local(overdue))
    assert (fresh(booked).visit, fresh(booked).claimed_by) == (None, None)
    visits.bring_up(local(missed_at))
    assert due(booked) == (Status.REACHED, local(then), local(overdue))


def test_a_visit_that_moves_comes_up_on_its_new_day_alone(booked, jo):
    visits.bring_up(local("2026-03-10 09:00"))
    request = fresh(booked)
    request.claim(jo, local("2026-03-10 17:10"))
    request.book_visit(jo, datetime.date(2026, 3, 17), local("2026-03-10 17:10"))
    for moment in ("2026-03-10 17:20", "2026-03-16 10:00"):
        visits.bring_up(local(moment))
        assert due(booked) == (Status.BOOKED, None, None)
    visits.bring_up(local("2026-03-17 10:00"))
    assert due(booked)[1] == local("2026-03-17 17:00")
    assert [visit.day for visit in booked.visits.all()] == [TENTH, datetime.date(2026, 3, 17)]
    assert fresh(booked).booked_at == local("2026-03-03 10:00")  # when it was first booked


def test_a_visit_of_a_closed_request_comes_up_no_more(booked, jo, now):
    booked.claim(jo, now)
    booked.close(jo, Resolution.CAME_BACK, now)
    visits.bring_up(local("2026-03-10 10:00"))
    assert due(booked) == (Status.CLOSED, None, None)


# Asked again ------------------------------------------------------------------------------------------------------


@pytest.fixture
def paused(make_request, jo, now):
    """Sam said not now after four calls, and agreed to be asked again in 30 days."""
    request = make_request(name="Sam", preferred_times=("afternoon",))
    for number in range(4):
        request.claim(jo, now + number * DAY)
        request.record_attempt(jo, Outcome.NO_ANSWER, now + number * DAY)
    talked = now + 4 * DAY
    request.claim(jo, talked)
    request.record_attempt(jo, Outcome.REACHED, talked, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=30)
    return request


THEN = local("2026-04-06 11:00")  # 30 days after Saturday the 7th, 10 h, in summer time


def ask_again(now) -> None:
    for request in CallbackRequest.objects.to_ask_again(now):
        standing.come_back(request, now)


def test_it_returns_on_its_day_and_not_before(paused):
    ask_again(THEN - MINUTE)
    assert fresh(paused).status == Status.CLOSED
    ask_again(THEN)
    after = fresh(paused)
    assert due(paused) == (Status.REACHED, local("2026-04-06 12:00"), local("2026-04-06 18:00"))
    assert (after.resolution, after.closed_at, after.ask_again_at, after.returned_at) == ("", None, None, THEN)
    assert (after.told_at, after.undo, after.needs_look, after.promise(THEN)) == (None, None, False, None)


def test_it_returns_without_the_visit_that_was_booked_before(booked, jo):
    visits.bring_up(local("2026-03-10 09:00"))
    request, closed = fresh(booked), local("2026-03-10 17:10")
    request.claim(jo, closed)
    request.close(jo, Resolution.DECLINED_FOR_NOW, closed, note="Not now.", ask_again_days=30)
    ask_again(closed + 30 * DAY)
    after = fresh(booked)
    assert (after.status, after.visit, after.visit_has_come) == (Status.REACHED, None, False)


def test_it_returns_once(paused, jo):
    ask_again(THEN)
    request = fresh(paused)
    request.claim(jo, THEN)
    request.close(jo, Resolution.DECLINED_FOR_NOW, THEN)
    ask_again(THEN + 400 * DAY)
    assert fresh(paused).status == Status.CLOSED


def test_a_stale_copy_returns_it_no_second_time(paused):
    stale = fresh(paused)
    ask_again(THEN)
    before = CallbackRequest.objects.filter(pk=paused.pk).values().get()
    standing.come_back(stale, THEN + MINUTE)
    assert CallbackRequest.objects.filter(pk=paused.pk).values().get() == before


def test_after_the_pause_the_cadence_begins_anew(paused, jo):
    ask_again(THEN)
    request, made = fresh(paused), local("2026-04-06 13:00")
    request.claim(jo, made)
    request.record_attempt(jo, Outcome.NO_ANSWER, made)  # the fifth of all, the first that counts
    assert due(request) == (Status.REACHED, local("2026-04-07 12:00"), local("2026-04-07 18:00"))
    for number in range(1, 5):
        request = fresh(paused)
        request.claim(jo, made + 7 * number * DAY)
        request.record_attempt(jo, Outcome.NO_ANSWER, made + 7 * number * DAY)
    assert (fresh(paused).status, fresh(paused).resolution) == (Status.CLOSED, Resolution.NOT_REACHED)


def test_it_is_not_purged_before_it_was_asked_again(paused, jo):
    assert CallbackRequest.objects.purge(THEN + 400 * DAY) == 0
    ask_again(THEN)
    request = fresh(paused)
    request.claim(jo, THEN)
    request.close(jo, Resolution.DECLINED_FOR_NOW, THEN)
    assert CallbackRequest.objects.purge(THEN + 90 * DAY) == 0
    assert CallbackRequest.objects.purge(THEN + 91 * DAY) == 1


def test_who_asked_anew_is_not_asked_by_the_old_one_too(paused):
    store(THEN - DAY)
    ask_again(THEN)
    assert (fresh(paused).status, fresh(paused).ask_again_at) == (Status.CLOSED, None)
    assert CallbackRequest.objects.purge(THEN + 91 * DAY) == 1


def test_who_is_not_to_be_called_at_all_is_not_asked_again(paused):
    StoppedNumber.stop(paused.phone_hash, THEN - DAY)
    ask_again(THEN)
    assert (fresh(paused).status, fresh(paused).ask_again_at) == (Status.CLOSED, None)


def test_where_no_time_fits_when_it_returns_a_person_decides(paused, clinic_with):
    clinic_with('hours:\n  monday: "8:00-12:00"\n')
    ask_again(THEN)
    assert due(paused) == (Status.REACHED, None, None)
    assert fresh(paused).needs_look


@pytest.mark.parametrize("end", [Resolution.CAME_BACK, Resolution.WITHDRAWN, Resolution.DECLINED_FOR_NOW])
def test_who_asked_anew_and_came_or_took_it_back_is_not_asked_by_the_old_one(paused, jo, end):
    version, later = store(THEN - 20 * DAY), THEN - 19 * DAY
    if end == Resolution.WITHDRAWN:
        assert withdraw(version, later)
    else:
        version.request.claim(jo, later)
        version.request.close(jo, end, later)
    ask_again(THEN)
    assert fresh(paused).status == Status.CLOSED


def test_another_person_at_the_number_does_not_end_that_somebody_is_asked_again(make_request, jo, now):
    """Ana waits at the same number: whoever calls there speaks with her, and Sam would never be asked."""
    sam, ana = make_request(name="Sam"), make_request(name="Ana")
    sam.claim(jo, now)
    sam.close(jo, Resolution.DECLINED_FOR_NOW, now, ask_again_days=30)
    ask_again(now + 31 * DAY)
    assert fresh(ana).status == Status.NEW
    assert fresh(sam).status == Status.REACHED or fresh(sam).ask_again_at is not None
