"""When to call: hours, dayparts, the promise, and the next try. Frozen clocks, over weekends and clock changes."""

import datetime
import zoneinfo

import pytest

from intake import cadence
from intake.cadence import Calendar
from intake.words import Daypart, Outcome, Resolution, Status
from reentry_site import facts

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def at(day: str, time: str = "00:00") -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day} {time}").replace(tzinfo=NEW_YORK)


def calendar(**given) -> Calendar:
    return Calendar(facts.Facts(name="Clinic", phone="(216) 555-0100", **given))


WEEKDAYS_9_TO_5 = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "9:00-17:00")


def test_without_hours_the_desk_assumes_weekdays_from_8_to_18():
    tuesday = datetime.date(2026, 3, 3)
    windows = calendar().windows_on(tuesday)
    assert [(window.daypart, window.start, window.end) for window in windows] == [
        (Daypart.MORNING, at("2026-03-03", "08:00"), at("2026-03-03", "12:00")),
        (Daypart.AFTERNOON, at("2026-03-03", "12:00"), at("2026-03-03", "17:00")),
        (Daypart.EVENING, at("2026-03-03", "17:00"), at("2026-03-03", "18:00")),
    ]
    assert calendar().windows_on(datetime.date(2026, 3, 7)) == []  # a Saturday


def test_nobody_is_called_before_8_or_after_21_whatever_the_hours_say():
    early_and_late = calendar(
        hours={"tuesday": "6:00-23:00"}, times={"morning": "5:00-12:00", "evening": "17:00-23:00"}
    )
    windows = early_and_late.windows_on(datetime.date(2026, 3, 3))
    assert (windows[0].start, windows[-1].end) == (at("2026-03-03", "08:00"), at("2026-03-03", "21:00"))


def test_a_closed_day_has_no_window():
    closed = calendar(closed_days=["2026-03-03"])
    assert closed.windows_on(datetime.date(2026, 3, 3)) == []


@pytest.mark.parametrize(
    ("asked", "times", "first"),
    [
        (at("2026-03-03", "10:20"), (), at("2026-03-03", "10:20")),  # open now: at once
        (at("2026-03-03", "02:00"), (), at("2026-03-03", "08:00")),  # at night: when the desk opens
        (at("2026-03-06", "19:00"), (), at("2026-03-09", "08:00")),  # Friday evening: Monday
        (at("2026-03-03", "10:20"), (Daypart.EVENING,), at("2026-03-03", "17:00")),
        (at("2026-03-03", "17:59"), (Daypart.AFTERNOON,), at("2026-03-04", "12:00")),
        (at("2026-03-07", "12:00"), (), at("2026-03-09", "08:00")),  # the clocks change on Sunday 8 March
        (at("2026-10-31", "12:00"), (), at("2026-11-02", "08:00")),  # and back on Sunday 1 November
    ],
)
def test_the_first_try_is_the_first_staffed_moment_they_picked(asked, times, first):
    assert calendar().first_try(asked, times) == first


def test_a_time_that_is_never_staffed_has_no_first_try():
    mornings_only = calendar(hours={"tuesday": "8:00-12:00"})
    assert mornings_only.first_try(at("2026-03-03", "09:00"), (Daypart.EVENING,)) is None
    assert mornings_only.call_by(at("2026-03-03", "09:00"), (Daypart.EVENING,)) is None


@pytest.mark.parametrize(
    ("asked", "times", "promised"),
    [
        (at("2026-03-03", "10:20"), (), at("2026-03-04", "18:00")),
        (at("2026-03-03", "23:50"), (), at("2026-03-04", "18:00")),
        (at("2026-03-06", "10:00"), (), at("2026-03-09", "18:00")),  # Friday: by the end of Monday
        (at("2026-03-07", "10:00"), (), at("2026-03-09", "18:00")),
        (at("2026-03-03", "10:20"), (Daypart.MORNING,), at("2026-03-04", "12:00")),
        (at("2026-03-03", "10:20"), (Daypart.MORNING, Daypart.AFTERNOON), at("2026-03-04", "17:00")),
    ],
)
def test_the_promise_is_the_end_of_the_next_business_day_in_their_times(asked, times, promised):
    assert calendar().call_by(asked, times) == promised


def test_the_promise_skips_a_closed_day():
    assert calendar(closed_days=["2026-03-04"]).call_by(at("2026-03-03", "10:00"), ()) == at("2026-03-05", "18:00")


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        ("2026-11-25", "2026-11-27"),  # the day before Thanksgiving
        ("2026-07-02", "2026-07-06"),  # Independence Day falls on a Saturday and is kept on the Friday
        ("2026-12-31", "2027-01-04"),  # New Year's Day, then a weekend
    ],
)
def test_the_promise_skips_federal_holidays(asked, promised):
    assert calendar().call_by(at(asked, "10:00"), ()) == at(promised, "18:00")


def test_a_clinic_that_calls_on_holidays_promises_it():
    assert calendar(holidays="open").call_by(at("2026-11-25", "10:00"), ()) == at("2026-11-26", "18:00")


def next_try(outcome, now, earlier_calls=(), times=(), on=None):
    effect = cadence.EFFECTS[outcome]
    return (on or calendar()).next_try(effect, now, [*earlier_calls, *[now] * effect.is_call], times)


TUE_10 = at("2026-03-03", "10:00")


@pytest.mark.parametrize(
    ("outcome", "due"),
    [
        (Outcome.BUSY, at("2026-03-03", "14:00")),  # a busy line is no call: the same day again
        (Outcome.NO_ANSWER, at("2026-03-04", "12:00")),  # tomorrow, in another daypart than this one
        (Outcome.SOMEONE_ELSE, at("2026-03-04", "12:00")),
        (Outcome.LEFT_VOICEMAIL, at("2026-03-04", "10:00")),
        (Outcome.REACHED, at("2026-03-04", "10:00")),
        (Outcome.THEY_CALLED, at("2026-03-04", "10:00")),
        (Outcome.TEXT_SENT, at("2026-03-04", "10:00")),
        (Outcome.NOT_IN_SERVICE, at("2026-03-04", "10:00")),
    ],
)
def test_the_next_try_after_a_first_one(outcome, due):
    assert next_try(outcome, TUE_10) == due


@pytest.mark.parametrize(
    ("calls_before", "now", "due"),
    [
        ([at("2026-03-02", "10:00")], TUE_10, at("2026-03-05", "17:00")),  # two calls: day 3, in the evening
        (
            [at("2026-03-02", "10:00"), TUE_10],
            at("2026-03-05", "17:10"),
            at("2026-03-09", "08:00"),
        ),  # day 5 is Saturday
        (
            [at("2026-03-02", "10:00"), TUE_10, at("2026-03-05", "17:10")],
            at("2026-03-09", "08:30"),
            at("2026-03-12", "12:00"),  # day 10, another daypart
        ),
    ],
)
def test_the_cadence_spreads_the_calls(calls_before, now, due):
    assert next_try(Outcome.NO_ANSWER, now, calls_before) == due


@pytest.mark.parametrize("outcome", [Outcome.TEXT_SENT, Outcome.BUSY])
def test_what_is_no_call_does_not_pull_the_next_call_forward(outcome):
    calls = [at("2026-03-02", "10:00"), TUE_10]
    assert next_try(outcome, at("2026-03-03", "10:01"), calls) == at("2026-03-05", "17:00")
    assert next_try(outcome, at("2026-03-03", "10:01"), [TUE_10]) >= at("2026-03-04", "08:00")  # one call a day


def test_a_late_call_is_still_not_repeated_the_same_day():
    late = at("2026-03-20", "10:00")  # the cadence's day 3 went by long ago
    assert next_try(Outcome.NO_ANSWER, late, [at("2026-03-02", "10:00")]) > at("2026-03-21")


def test_the_next_try_keeps_to_the_times_they_picked():
    evening = next_try(Outcome.NO_ANSWER, at("2026-03-03", "17:30"), times=(Daypart.EVENING,))
    assert evening == at("2026-03-04", "17:00")  # no other daypart is theirs


def test_the_hour_stays_the_hour_when_the_clocks_change():
    friday = at("2026-03-06", "10:00")  # the next staffed day is after the change
    assert next_try(Outcome.NO_ANSWER, friday) == at("2026-03-09", "12:00")


@pytest.mark.parametrize(
    ("outcome", "status", "resolution"),
    [
        (Outcome.REACHED, Status.REACHED, None),
        (Outcome.CALL_LATER, Status.REACHED, None),
        (Outcome.THEY_CALLED, Status.REACHED, None),
        (Outcome.SOMEONE_ELSE, Status.TRYING, None),
        (Outcome.LEFT_VOICEMAIL, Status.TRYING, None),
        (Outcome.NO_ANSWER, Status.TRYING, None),
        (Outcome.BUSY, Status.TRYING, None),
        (Outcome.NOT_IN_SERVICE, Status.TRYING, None),
        (Outcome.TEXT_SENT, Status.TRYING, None),
        (Outcome.WRONG_NUMBER, Status.CLOSED, Resolution.WRONG_NUMBER),
        (Outcome.ASKED_TO_STOP, Status.CLOSED, Resolution.ASKED_NOT_TO_CALL),
        (Outcome.IN_CRISIS, Status.CLOSED, Resolution.CRISIS_HANDED_OVER),
    ],
)
def test_what_a_first_outcome_does(outcome, status, resolution):
    effect = cadence.effect_of(outcome, [])
    assert (effect.status, effect.resolution) == (status, resolution)


def test_every_outcome_has_an_effect():
    assert set(cadence.EFFECTS) == set(Outcome)


def test_the_fifth_call_is_the_last():
    four = [Outcome.NO_ANSWER] * 4
    assert cadence.effect_of(Outcome.NO_ANSWER, four[:3]).status == Status.TRYING
    assert cadence.effect_of(Outcome.NO_ANSWER, four).resolution == Resolution.NOT_REACHED
    assert cadence.effect_of(Outcome.BUSY, four).status == Status.TRYING  # a busy line is no call


def test_a_dead_line_is_checked_once_more_and_then_closed():
    assert cadence.effect_of(Outcome.NOT_IN_SERVICE, [Outcome.NO_ANSWER]).status == Status.TRYING
    assert cadence.effect_of(Outcome.NOT_IN_SERVICE, [Outcome.NOT_IN_SERVICE]).resolution == Resolution.NOT_REACHED


def test_a_due_try_is_overdue_after_one_more_staffed_daypart():
    assert calendar().overdue_from(at("2026-03-03", "10:00")) == at("2026-03-03", "17:00")
    assert calendar().overdue_from(at("2026-03-06", "17:00")) == at("2026-03-09", "12:00")


def test_the_form_offers_the_dayparts_that_are_ever_open():
    assert calendar().dayparts_ever_open() == list(Daypart)
    assert calendar(hours=WEEKDAYS_9_TO_5).dayparts_ever_open() == [Daypart.MORNING, Daypart.AFTERNOON]
    at_night = calendar(hours={"monday": "9:00-23:00"}, times={"evening": "21:00-23:00"})
    assert at_night.dayparts_ever_open() == [Daypart.MORNING, Daypart.AFTERNOON]
