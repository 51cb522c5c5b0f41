"""What each outcome does to a request: exact states at frozen moments, due times worked out by hand."""

import datetime
import zoneinfo

import pytest

from intake.models import CallbackRequest
from intake.words import Outcome, Resolution, Status
from tests.intake.conftest import TUESDAY_10

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
DAY = datetime.timedelta(days=1)

#: Outcomes that are due in the same way after a first try, and the status that they set.
A_DAY_ON = {
    Outcome.REACHED: Status.REACHED,
    Outcome.THEY_CALLED: Status.REACHED,
    Outcome.LEFT_VOICEMAIL: Status.TRYING,
    Outcome.TEXT_SENT: Status.TRYING,
    Outcome.NOT_IN_SERVICE: Status.TRYING,
}
ANOTHER_DAYPART = {Outcome.NO_ANSWER: Status.TRYING, Outcome.SOMEONE_ELSE: Status.TRYING}
BUSY = {Outcome.BUSY: Status.TRYING}
KEPT = {Outcome.REACHED, Outcome.THEY_CALLED}  # the call stays theirs, to agree on what comes next
CLOSING = {
    Outcome.WRONG_NUMBER: Resolution.WRONG_NUMBER,
    Outcome.ASKED_TO_STOP: Resolution.ASKED_NOT_TO_CALL,
    Outcome.IN_CRISIS: Resolution.CRISIS_HANDED_OVER,
}

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def hours(days, opening: str) -> str:
    return "hours:\n" + "".join(f'  {day}: "{opening}"\n' for day in days)


NO_HOURS = ""  # the desk assumes Monday to Friday, 8 to 18
EVERY_DAY = hours((*WEEKDAYS, "saturday", "sunday"), "9:00-20:00")
TO_20 = hours(WEEKDAYS, "9:00-20:00")
HOLIDAYS_TOO = hours(WEEKDAYS, "9:00-17:00") + "holidays: open\n"
SATURDAYS = hours(WEEKDAYS, "9:00-17:00") + '  saturday: "10:00-14:00"\n'

#: (tried at, the clinic's hours, their times) → when it is due, and overdue from, after the outcomes of
#: A_DAY_ON, ANOTHER_DAYPART and BUSY. Each moment is the clinic's local time.
CASES = {
    "an ordinary Tuesday": (
        ("2026-03-03 10:00", NO_HOURS, ()),
        ("2026-03-04 10:00", "2026-03-04 17:00"),
        ("2026-03-04 12:00", "2026-03-04 18:00"),
        ("2026-03-03 14:00", "2026-03-03 18:00"),
    ),
    "a Tuesday, evenings only": (
        ("2026-03-03 10:00", NO_HOURS, ("evening",)),
        ("2026-03-04 17:00", "2026-03-05 12:00"),
        ("2026-03-04 17:00", "2026-03-05 12:00"),
        ("2026-03-03 17:00", "2026-03-04 12:00"),
    ),
    "a Tuesday, mornings only": (
        ("2026-03-03 10:00", NO_HOURS, ("morning",)),
        ("2026-03-04 10:00", "2026-03-04 17:00"),
        ("2026-03-04 08:00", "2026-03-04 17:00"),  # no other daypart is theirs
        ("2026-03-04 08:00", "2026-03-04 17:00"),
    ),
    "Friday 17:55": (
        ("2026-03-06 17:55", NO_HOURS, ()),
        ("2026-03-09 08:00", "2026-03-09 17:00"),
        ("2026-03-09 08:00", "2026-03-09 17:00"),
        ("2026-03-09 08:00", "2026-03-09 17:00"),
    ),
    "Friday 17:55, open to 20, mornings and evenings": (
        ("2026-03-06 17:55", TO_20, ("morning", "evening")),
        ("2026-03-09 09:00", "2026-03-09 17:00"),
        ("2026-03-09 09:00", "2026-03-09 17:00"),
        ("2026-03-09 09:00", "2026-03-09 17:00"),
    ),
    "the evening before the clocks go forward": (
        ("2026-03-07 18:30", NO_HOURS, ()),
        ("2026-03-09 08:00", "2026-03-09 17:00"),
        ("2026-03-09 08:00", "2026-03-09 17:00"),
        ("2026-03-09 08:00", "2026-03-09 17:00"),
    ),
    "the evening before the clocks go forward, open every day": (
        ("2026-03-07 18:30", EVERY_DAY, ()),
        ("2026-03-08 19:30", "2026-03-09 12:00"),  # 24 hours by any clock
        ("2026-03-08 09:00", "2026-03-08 17:00"),
        ("2026-03-08 09:00", "2026-03-08 17:00"),
    ),
    "the evening before the clocks go back": (
        ("2026-10-31 18:30", NO_HOURS, ()),
        ("2026-11-02 08:00", "2026-11-02 17:00"),
        ("2026-11-02 08:00", "2026-11-02 17:00"),
        ("2026-11-02 08:00", "2026-11-02 17:00"),
    ),
    "the evening before the clocks go back, open every day": (
        ("2026-10-31 18:30", EVERY_DAY, ()),
        ("2026-11-01 17:30", "2026-11-02 12:00"),
        ("2026-11-01 09:00", "2026-11-01 17:00"),
        ("2026-11-01 09:00", "2026-11-01 17:00"),
    ),
    "the day before Thanksgiving": (
        ("2026-11-25 15:00", NO_HOURS, ()),
        ("2026-11-27 08:00", "2026-11-27 17:00"),
        ("2026-11-27 08:00", "2026-11-27 17:00"),
        ("2026-11-27 08:00", "2026-11-27 17:00"),
    ),
    "the day before Thanksgiving, open on holidays": (
        ("2026-11-25 15:00", HOLIDAYS_TOO, ()),
        ("2026-11-26 15:00", "2026-11-27 12:00"),
        ("2026-11-26 09:00", "2026-11-26 17:00"),
        ("2026-11-26 09:00", "2026-11-26 17:00"),
    ),
    "Christmas Eve": (
        ("2026-12-24 11:00", NO_HOURS, ()),
        ("2026-12-28 08:00", "2026-12-28 17:00"),
        ("2026-12-28 12:00", "2026-12-28 18:00"),
        ("2026-12-24 15:00", "2026-12-24 18:00"),
    ),
    "Christmas Eve, open on Saturdays": (
        ("2026-12-24 11:00", SATURDAYS, ()),
        ("2026-12-26 10:00", "2026-12-26 14:00"),
        ("2026-12-26 12:00", "2026-12-28 12:00"),
        ("2026-12-24 15:00", "2026-12-26 12:00"),
    ),
}


def local(moment: str) -> datetime.datetime:
    """In UTC, as the site's own clock gives it: a sum on a local time would be another one when the clocks change."""
    return datetime.datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK).astimezone(datetime.UTC)


def state(request: CallbackRequest) -> dict:
    kept = ("status", "resolution", "closed_at", "next_try_at", "overdue_from", "tries", "needs_look", "claimed_by")
    return CallbackRequest.objects.filter(pk=request.pk).values(*kept, "call_by", "ask_again_at", "booked_at").get()


def is_open(request, status, due, overdue, claimed_by=None, **more) -> dict:
    """The whole state of one that stays open after a first try."""
    nothing = {"resolution": "", "closed_at": None, "ask_again_at": None, "booked_at": None, "needs_look": False}
    when = {"next_try_at": due and local(due), "overdue_from": overdue and local(overdue), "call_by": request.call_by}
    return nothing | {"status": status, "tries": 1, "claimed_by": claimed_by and claimed_by.pk} | when | more


def is_closed(request, resolution, now, **more) -> dict:
    closed = {"status": Status.CLOSED, "resolution": resolution, "closed_at": now}
    return is_open(request, Status.CLOSED, None, None) | closed | more


@pytest.fixture
def held(make_request, jo):
    def hold(now, times=(), number="+12165550143"):
        """A request that Jo holds, asked for an hour ago, with every way allowed."""
        asked = now - datetime.timedelta(hours=1)
        request = make_request(number, at=asked, voicemail_ok=True, text_ok=True, preferred_times=times)
        request.claim(jo, now)
        return request

    return hold


@pytest.mark.parametrize("case", CASES)
def test_every_outcome_that_keeps_a_request_open(held, jo, clinic_with, case):
    (tried_at, opening, times), *expected = CASES[case]
    clinic_with(opening)
    now = local(tried_at)
    for outcomes, (due, overdue) in zip((A_DAY_ON, ANOTHER_DAYPART, BUSY), expected, strict=True):
        for number, (outcome, status) in enumerate(outcomes.items()):
            request = held(now, times, f"+1216555{len(outcomes)}10{number}")
            request.record_attempt(jo, outcome, now)
            owner = jo if outcome in KEPT else None
            assert state(request) == is_open(request, status, due, overdue, owner), outcome


@pytest.mark.parametrize("case", CASES)
def test_every_outcome_that_closes(held, jo, clinic_with, case):
    (tried_at, opening, times), *_ = CASES[case]
    clinic_with(opening)
    now = local(tried_at)
    for number, (outcome, resolution) in enumerate(CLOSING.items()):
        request = held(now, times, f"+121655511{number:02}")
        request.record_attempt(jo, outcome, now, note="911 was called.")
        assert state(request) == is_closed(request, resolution, now), outcome


@pytest.mark.parametrize(
    ("later", "overdue"),
    [
        ("2026-03-05 14:00", "2026-03-05 18:00"),
        ("2026-03-09 08:30", "2026-03-09 17:00"),  # over the clock change
        ("2026-03-07 11:00", "2026-03-09 17:00"),  # a Saturday: overdue by the windows after it
    ],
)
@pytest.mark.parametrize("times", [(), ("evening",)])
def test_asked_to_call_later_is_due_then_whatever_they_had_picked(held, jo, now, later, overdue, times):
    request = held(now, times)
    request.record_attempt(jo, Outcome.CALL_LATER, now, later=local(later))
    assert state(request) == is_open(request, Status.REACHED, later, overdue)


@pytest.mark.parametrize("outcome", [Outcome.REACHED, Outcome.THEY_CALLED])
def test_a_talk_with_a_day_for_the_visit_is_booked_and_nobody_is_called_until_then(held, jo, now, outcome):
    request = held(now)
    request.record_attempt(jo, outcome, now, visit=datetime.date(2026, 3, 10))
    assert state(request) == is_open(request, Status.BOOKED, None, None, booked_at=now)
    assert CallbackRequest.objects.get(pk=request.pk).visit.day == datetime.date(2026, 3, 10)


def test_a_day_for_the_visit_counts_only_where_we_talked(held, jo, now):
    request = held(now)
    request.record_attempt(jo, Outcome.NO_ANSWER, now, visit=datetime.date(2026, 3, 10))
    assert state(request) == is_open(request, Status.TRYING, "2026-03-04 12:00", "2026-03-04 18:00")
    assert not request.visits.exists()


@pytest.mark.parametrize(
    ("days", "again"),
    [(30, "2026-04-02 11:00"), (60, "2026-05-02 11:00"), (90, "2026-06-01 11:00"), (0, None)],
)
def test_not_now_closes_and_is_asked_again_only_where_they_agreed(held, jo, now, days, again):
    request = held(now)
    request.record_attempt(jo, Outcome.REACHED, now, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=days)
    expected = is_closed(request, Resolution.DECLINED_FOR_NOW, now, ask_again_at=again and local(again))
    assert state(request) == expected


@pytest.mark.parametrize("resolution", sorted(set(Resolution) - {Resolution.DECLINED_FOR_NOW}))
def test_only_who_said_not_now_is_asked_again(held, jo, now, resolution):
    request = held(now)
    request.close(jo, resolution, now, note="Called.", ask_again_days=30)
    assert state(request) == is_closed(request, resolution, now, tries=0)


# One after another ------------------------------------------------------------------------------------------------


def test_five_calls_without_an_answer(held, jo):
    """Day 1, day 3 in the evening, day 5 that is a Saturday, day 10: each due when the one before was made as due."""
    request = held(local("2026-03-02 10:00"))
    made, due = "2026-03-02 10:00", []
    for _ in range(4):
        request.claim(jo, local(made))
        request.record_attempt(jo, Outcome.NO_ANSWER, local(made))
        made = request.next_try_at.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M")
        due.append(made)
    assert due == ["2026-03-03 12:00", "2026-03-05 17:00", "2026-03-09 08:00", "2026-03-12 12:00"]
    request.claim(jo, local(made))
    request.record_attempt(jo, Outcome.NO_ANSWER, local(made))
    assert state(request) == is_closed(request, Resolution.NOT_REACHED, local(made), tries=5)


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.TEXT_SENT])
def test_what_is_no_call_counts_as_a_try_and_never_closes(held, jo, now, outcome):
    request = held(now)
    for number in range(7):
        moment = now + 7 * number * DAY
        request.claim(jo, moment)
        request.record_attempt(jo, outcome, moment)
    assert (request.status, request.tries) == (Status.TRYING, 7)


def test_a_dead_line_is_rung_once_more_and_then_closed(held, jo, now):
    request = held(now)
    request.record_attempt(jo, Outcome.NOT_IN_SERVICE, now)
    assert state(request) == is_open(request, Status.TRYING, "2026-03-04 10:00", "2026-03-04 17:00")
    request.claim(jo, now + DAY)
    request.record_attempt(jo, Outcome.NOT_IN_SERVICE, now + DAY)
    assert state(request) == is_closed(request, Resolution.NOT_REACHED, now + DAY, tries=2)


def test_a_try_at_any_outcome_ends_that_they_called_back_today(held, jo, now):
    for number, outcome in enumerate(set(Outcome) - {Outcome.CALL_LATER}):
        request = held(now, number=f"+121655512{number:02}")
        CallbackRequest.objects.filter(pk=request.pk).update(called_back_at=TUESDAY_10)
        request.refresh_from_db()
        request.record_attempt(jo, outcome, now, note="911 was called.")
        assert CallbackRequest.objects.get(pk=request.pk).called_back_at is None, outcome
