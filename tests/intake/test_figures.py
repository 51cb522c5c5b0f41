"""What each request adds to its day, reckoned by hand; and that a purge keeps just that."""

import datetime
import zoneinfo
from collections import Counter

import pytest
from django.db import DatabaseError

from intake import figures, queue
from intake.attempts import ContactAttempt
from intake.cadence import Calendar
from intake.figures import Figure
from intake.models import CallbackRequest
from intake.undo import undo_last
from intake.words import Outcome, Resolution
from reentry_site import facts
from tests.intake.conftest import TUESDAY_10, at_once, change, code_of, staff, store, withdraw

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
TUESDAY = datetime.date(2026, 3, 3)
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)


def at(day: str, time: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day} {time}").replace(tzinfo=NEW_YORK)


def counts(now=TUESDAY_10) -> Counter:
    rows = list(CallbackRequest.objects.values_list(*figures.FIELDS, named=True))
    return figures.of_all(rows, Calendar(facts.current()), now)


def kinds(now=TUESDAY_10) -> dict[str, int]:
    """What all requests add, whatever their day."""
    added = Counter()
    for (_, what), count in counts(now).items():
        added[what] += count
    return dict(added)


def ones(*whats: str) -> dict[str, int]:
    return dict.fromkeys(whats, 1)


def tried(request, user, outcome, now, **more) -> None:
    request.refresh_from_db()
    request.claim(user, now)
    request.record_attempt(user, outcome, now, **more)


def closed(request, user, resolution, now) -> None:
    request.refresh_from_db()
    request.claim(user, now)
    request.close(user, resolution, now)


# One request ------------------------------------------------------------------------------------------------


def test_a_promise_counts_once_it_is_over_or_somebody_tried(make_request):
    make_request()  # Tuesday 10:00: promised by Wednesday 18:00
    assert kinds(at("2026-03-04", "18:00")) == ones("asked")
    assert kinds(at("2026-03-04", "18:01")) == ones("asked", "promised")


def test_a_talk_on_the_first_try(make_request, jo):
    request = make_request()
    tried(request, jo, Outcome.REACHED, at("2026-03-03", "10:37"))
    reached = ones("tried:10", "reached:10", "tries:1")
    assert kinds() == ones("asked", "promised", "kept", "clock:37", "staffed:37") | reached


def test_a_second_try_reaches_and_a_third_counts_by_its_hour_alone(make_request, jo):
    request = make_request()
    tried(request, jo, Outcome.NO_ANSWER, at("2026-03-03", "10:00"))
    tried(request, jo, Outcome.CALL_LATER, at("2026-03-04", "13:59"), later=at("2026-03-05", "13:00"))
    tried(request, jo, Outcome.THEY_CALLED, at("2026-03-04", "14:00"))
    first = ones("asked", "promised", "kept", "clock:0", "staffed:0")
    assert kinds() == first | ones("tried:10", "tried:13", "reached:13", "tried:14", "reached:14", "tries:2")


@pytest.mark.parametrize(
    ("moment", "kept", "minutes"),
    [
        # Tuesday 10 to 18 is 8 h, Wednesday 8 to 18 is 10 h, Thursday from 8.
        (at("2026-03-04", "18:00"), True, ("clock:1920", "staffed:1080")),
        (at("2026-03-04", "18:01"), False, ("clock:1921", "staffed:1080")),
        (at("2026-03-05", "09:00"), False, ("clock:2820", "staffed:1140")),
    ],
)
def test_the_first_try_keeps_the_promise_or_not(make_request, jo, moment, kept, minutes):
    tried(make_request(), jo, Outcome.NO_ANSWER, moment)
    assert kinds() == ones("asked", "promised", f"tried:{moment.hour}", *minutes) | (ones("kept") if kept else {})


def test_a_try_that_was_taken_back_was_none(make_request, jo):
    request = make_request()
    tried(request, jo, Outcome.REACHED, TUESDAY_10)
    undo_last(request, jo, TUESDAY_10 + MINUTE)
    assert ContactAttempt.objects.count() == 2
    assert kinds() == ones("asked")
    tried(request, jo, Outcome.NO_ANSWER, at("2026-03-03", "11:00"))
    assert kinds() == ones("asked", "promised", "kept", "clock:60", "staffed:60", "tried:11")


@pytest.mark.parametrize(
    ("asked", "first", "clock", "staffed"),
    [
        (at("2026-03-03", "22:00"), at("2026-03-04", "08:00"), 600, 0),  # a night
        (at("2026-03-03", "12:00"), at("2026-03-03", "12:59"), 59, 59),  # across no border of two dayparts
        (at("2026-03-03", "11:30"), at("2026-03-03", "17:30"), 360, 360),  # and across two
        # Friday 17 to Monday 9 is 64 h by the clock on the wall; the desk is open for the last and the first of them.
        (at("2026-03-06", "17:00"), at("2026-03-09", "09:00"), 63 * 60, 120),  # an hour is skipped on 8 March
        (at("2026-10-30", "17:00"), at("2026-11-02", "09:00"), 65 * 60, 120),  # and comes twice on 1 November
        # Friday 17:30 to Tuesday 8:15, over a weekend and Labor Day: 3 days 14 h 45 min; 30 and 15 minutes staffed.
        (at("2026-09-04", "17:30"), at("2026-09-08", "08:15"), 5205, 45),
        # 10 weeks: 50 weekdays of 10 h, less Memorial Day, 19 June, and 3 July for the Saturday after it.
        (at("2026-05-05", "08:00"), at("2026-07-14", "08:00"), 70 * 24 * 60, 47 * 600),
    ],
)
def test_minutes_to_the_first_try_on_the_clock_and_staffed(make_request, jo, asked, first, clock, staffed):
    request = make_request(at=asked)
    ContactAttempt.objects.create(request=request, made_by=jo, made_at=first, outcome=Outcome.BUSY)
    told = {what for what in kinds() if what.startswith(("clock", "staffed"))}
    assert told == {f"clock:{clock}", f"staffed:{staffed}"}


def test_seconds_are_no_minute_and_a_try_before_it_came_in_took_none(make_request, jo):
    early, late = (make_request(f"+1216555010{digit}") for digit in (1, 2))
    for request, first in ((early, TUESDAY_10 - MINUTE), (late, TUESDAY_10 + datetime.timedelta(seconds=119))):
        ContactAttempt.objects.create(request=request, made_by=jo, made_at=first, outcome=Outcome.BUSY)
    assert kinds().items() >= ones("clock:0", "clock:1", "staffed:0", "staffed:1").items()


def test_a_closed_day_of_the_clinic_is_not_staffed(make_request, jo, clinic_with):
    clinic_with('hours:\n  tuesday: "9:00-17:00"\n  wednesday: "9:00-17:00"\nclosed_days:\n  - "2026-03-04"\n')
    request = make_request()  # Tuesday 10 to 17 is 7 h; Wednesday is closed; the next Tuesday from 9
    ContactAttempt.objects.create(
        request=request, made_by=jo, made_at=at("2026-03-10", "09:30"), outcome=Outcome.NO_ANSWER
    )
    assert kinds()["staffed:450"] == 1


def test_a_request_counts_on_the_clinics_day(make_request):
    make_request(at=datetime.datetime(2026, 3, 4, 4, 59, tzinfo=datetime.UTC))  # Tuesday 23:59 in Cleveland
    make_request("+12165550144", at=datetime.datetime(2026, 3, 4, 5, tzinfo=datetime.UTC))
    assert counts() == {(TUESDAY, "asked"): 1, (TUESDAY + DAY, "asked"): 1}


@pytest.mark.parametrize(
    ("after", "back"),
    [
        (14 * DAY, {"back:14", "back:30"}),
        (14 * DAY + MINUTE, {"back:30"}),
        (30 * DAY, {"back:30"}),
        (30 * DAY + MINUTE, set()),
    ],
)
def test_who_came_back_within_14_and_30_days_of_asking(make_request, jo, after, back):
    request = make_request()
    tried(request, jo, Outcome.REACHED, TUESDAY_10, visit=TUESDAY + DAY)
    closed(request, jo, Resolution.CAME_BACK, TUESDAY_10 + after)
    of_the_try = ones("promised", "kept", "clock:0", "staffed:0", "tried:10", "reached:10", "tries:1")
    assert kinds() == ones("asked", "booked", "closed:came_back", *back) | of_the_try


def test_who_took_it_back_before_the_promise_was_due_was_promised_nothing(db):
    withdraw(store(), TUESDAY_10 + MINUTE)
    assert kinds(TUESDAY_10 + 9 * DAY) == ones("asked", "closed:withdrawn")


def test_who_took_it_back_after_it_was_due_was_not_called_in_time(db):
    withdraw(store(), TUESDAY_10 + 2 * DAY)
    assert kinds() == ones("asked", "closed:withdrawn", "promised")


@pytest.mark.parametrize("resolution", [Resolution.NOT_A_REQUEST, Resolution.DUPLICATE])
def test_of_spam_and_duplicates_only_the_closing_counts(make_request, jo, resolution):
    request = make_request()
    tried(request, jo, Outcome.NO_ANSWER, TUESDAY_10)
    closed(request, jo, resolution, TUESDAY_10)
    assert kinds() == ones(f"closed:{resolution}")


def test_a_request_that_moved_counts_where_it_moved_to(db):
    change(code_of(store()), phone="+12165550199")
    assert CallbackRequest.objects.exclude(moved_to=None).count() == 1
    assert kinds() == ones("asked", "closed:duplicate")


# Many together ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "half", "most"),
    [
        ({}, None, None),
        ({37: 1}, 37, 37),
        ({1: 1, 100: 1}, 1, 100),  # half of two is one; nine tenths of two is more than one
        (dict.fromkeys(range(1, 11), 1), 5, 9),
        ({2: 90, 50: 10}, 2, 2),
        ({2: 89, 50: 11}, 2, 50),
    ],
)
def test_half_and_nine_in_ten_are_exact(found, half, most):
    assert (figures.within(Counter(found), 50), figures.within(Counter(found), 90)) == (half, most)


def test_a_histogram_is_read_over_all_days():
    found = Counter({(TUESDAY, "clock:5"): 2, (TUESDAY + DAY, "clock:5"): 1, (TUESDAY, "staffed:5"): 9})
    assert figures.histogram(found + Counter({(TUESDAY, "asked"): 4}), "clock") == {5: 3}


# What a purge keeps -----------------------------------------------------------------------------------------


@pytest.fixture
def past(make_request, jo):
    """Requests whose time is up, one of each kind of story, on two days."""
    one, two, three, spam = (make_request(f"+1216555010{digit}", name="Ana") for digit in range(4))
    tried(one, jo, Outcome.REACHED, at("2026-03-03", "10:37"), visit=TUESDAY + DAY)
    closed(one, jo, Resolution.CAME_BACK, TUESDAY_10 + 3 * DAY)
    tried(two, jo, Outcome.NO_ANSWER, at("2026-03-06", "09:00"))
    tried(two, jo, Outcome.REACHED, at("2026-03-07", "09:00"))
    undo_last(two, jo, at("2026-03-07", "09:01"))
    closed(two, jo, Resolution.NOT_REACHED, TUESDAY_10 + 9 * DAY)
    closed(three, jo, Resolution.WITHDRAWN, TUESDAY_10 + 4 * DAY)
    closed(spam, jo, Resolution.NOT_A_REQUEST, TUESDAY_10)
    closed(make_request("+12165550109", at=TUESDAY_10 + DAY), jo, Resolution.IN_CARE_ELSEWHERE, TUESDAY_10 + DAY)


def page(now) -> Counter:
    """What a page of all days counts: what was kept, and what is there."""
    return figures.kept(TUESDAY - DAY) + counts(now)


@pytest.mark.parametrize("batch", [100, 2])
def test_the_page_after_a_purge_is_the_page_before_it(past, monkeypatch, batch):
    monkeypatch.setattr(queue, "PURGE_BATCH", batch)
    now = TUESDAY_10 + 200 * DAY
    before = page(now)
    assert before[TUESDAY, "asked"] == 3
    assert CallbackRequest.objects.purge(now) == 5
    assert page(now) == before == figures.kept(TUESDAY)


def test_a_purge_keeps_figures_of_what_it_deletes_and_of_nothing_else(past, make_request, jo):
    make_request("+12165550131")
    closed(make_request("+12165550132"), jo, Resolution.CAME_BACK, TUESDAY_10 + 190 * DAY)
    held = make_request("+12165550133")
    closed(held, jo, Resolution.CAME_BACK, TUESDAY_10)
    CallbackRequest.objects.filter(pk=held.pk).update(on_hold=True)
    now = TUESDAY_10 + 200 * DAY
    before = page(now)
    CallbackRequest.objects.purge(now)
    assert CallbackRequest.objects.count() == 3
    assert figures.kept(TUESDAY)[TUESDAY, "asked"] == 3
    assert page(now) == before


def test_what_a_later_purge_keeps_is_added(make_request, jo):
    for digit, days in enumerate((0, 5)):
        closed(make_request(f"+1216555010{digit}"), jo, Resolution.WRONG_NUMBER, TUESDAY_10 + days * DAY)
    for days, kept in ((91, 1), (95, 1), (96, 2)):
        CallbackRequest.objects.purge(TUESDAY_10 + days * DAY)
        assert figures.kept(TUESDAY)[TUESDAY, "closed:wrong_number"] == kept


def test_what_cannot_be_deleted_is_not_counted(past, monkeypatch):
    def fail(requests):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(queue.Queue, "delete", fail)
    with pytest.raises(DatabaseError):
        CallbackRequest.objects.purge(TUESDAY_10 + 200 * DAY)
    assert not Figure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_count_each_request_once(make_request, monkeypatch):
    monkeypatch.setattr(queue, "PURGE_BATCH", 3)
    jo = staff("Jo", "triage")
    for number in range(20):
        closed(make_request(f"+121655501{number:02}"), jo, Resolution.WITHDRAWN, TUESDAY_10)
    now = TUESDAY_10 + 91 * DAY
    before = page(now)
    purged = at_once(*[lambda: CallbackRequest.objects.purge(now)] * 2)
    assert sum(purged) == 20
    assert figures.kept(TUESDAY) == before
