"""The sets of requests that the desk works from: what can be called now, what waits, what is overdue, in what order."""

import datetime
import re

import pytest
from django.core.management import call_command
from django.utils import timezone

from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from reentry_site import facts
from tests.intake.conftest import QUEUE

SUNDAY = datetime.datetime(2026, 3, 8, 15, tzinfo=datetime.UTC)


@pytest.fixture
def calendar():
    return Calendar(facts.current())


def test_every_open_request_is_in_one_of_the_three_lists(make_request, jo, now, calendar):
    due = make_request()
    evening = make_request("+12165550101", preferred_times=("evening",))
    looked = make_request("+12165550102", look=("trap",))
    crisis = make_request("+12165550103", preferred_times=("evening",), crisis=True)
    tried = make_request("+12165550104")
    tried.claim(jo, now)
    tried.record_attempt(jo, Outcome.NO_ANSWER, now)
    closed = make_request("+12165550105")
    closed.claim(jo, now)
    closed.close(jo, Resolution.DUPLICATE, now)

    requests = CallbackRequest.objects
    assert list(requests.callable_now(now, calendar).in_order(now, calendar)) == [crisis, due]
    assert set(requests.waiting(now, calendar)) == {evening, tried}
    assert set(requests.needing_a_look()) == {looked}
    assert set(requests.overdue(now)) == set()
    assert set(requests.overdue(due.call_by)) == {due, evening, crisis, tried, looked}


def test_the_order_is_crisis_then_called_back_then_promise_then_age(make_request, now, calendar):
    later = make_request("+12165550101", at=now + datetime.timedelta(minutes=1))
    earlier = make_request("+12165550102", at=now)
    yesterday = make_request("+12165550103", at=now - datetime.timedelta(days=1))
    crisis = make_request("+12165550104", at=now + datetime.timedelta(minutes=2), crisis=True)
    rang, rang_yesterday = make_request("+12165550105", at=now), make_request("+12165550106", at=now)
    for each, at in ((rang, now), (rang_yesterday, now - datetime.timedelta(days=1))):
        CallbackRequest.objects.filter(pk=each.pk).update(called_back_at=at)
    same = sorted([earlier, rang_yesterday], key=lambda each: each.pk)  # asked in one moment: the same order each time
    assert list(CallbackRequest.objects.in_order(now, calendar)) == [crisis, rang, yesterday, *same, later]


def test_a_crisis_that_is_due_again_shows_at_any_hour(make_request, jo, now, calendar):
    crisis = make_request(crisis=True, preferred_times=("evening",))
    other = make_request("+12165550101", preferred_times=("evening",))
    for request in (crisis, other):
        request.claim(jo, now)
        request.record_attempt(jo, Outcome.REACHED, now)

    due = list(CallbackRequest.objects.callable_now(SUNDAY, calendar))

    assert due == [crisis]


# As lists on the page, which reads the clock itself ------------------------------------------------------------


def references_in(page: str) -> list[str]:
    """The references of a list's rows, from its top."""
    return re.findall(r'<small class="nowrap">(\w{4}-\w{4})</small>', page)


def test_overdue_shows_the_longest_overdue_first_each_with_its_badge(page_of, jo, make_request):
    now = timezone.now()
    younger = make_request("+12165550101", at=now - datetime.timedelta(days=8))
    older = make_request("+12165550102", at=now - datetime.timedelta(days=9))
    make_request("+12165550103", at=now)

    page = page_of(jo, QUEUE + "?tab=overdue")

    assert references_in(page) == [older.reference, younger.reference]
    assert page.count("badge-overdue") == 2


def test_mine_shows_the_calls_that_one_holds_now(page_of, jo, tom, make_request):
    now = timezone.now()
    mine, toms, ended = make_request(), make_request("+12165550101"), make_request("+12165550102")
    mine.claim(jo, now)
    toms.claim(tom, now)
    ended.claim(jo, now - datetime.timedelta(minutes=21))

    assert references_in(page_of(jo, QUEUE + "?tab=mine")) == [mine.reference]


def test_every_25_requests_begin_a_new_page(page_of, jo, make_request):
    for number in range(26):
        make_request(f"+121655501{number:02}", look=("trap",))

    first, second = (page_of(jo, f"{QUEUE}?tab=look&page={number}") for number in (1, 2))

    assert (len(references_in(first)), len(references_in(second))) == (25, 1)
    assert not set(references_in(first)) & set(references_in(second))


@pytest.mark.parametrize("asked", ["0", "-1", "x", "99", "1e3", "٣", "9" * 30, ""])
def test_a_page_that_is_not_there_shows_the_first(page_of, jo, make_request, asked):
    stored = make_request(look=("trap",))
    assert references_in(page_of(jo, f"{QUEUE}?tab=look&page={asked}")) == [stored.reference]


def test_more_than_99_are_not_counted_and_closed_ones_not_at_all(page_of, jo, db, monkeypatch):
    monkeypatch.setattr("intake.management.commands.make_requests.MOST_OPEN", 100)
    call_command("make_requests", count=103)
    CallbackRequest.objects.open().update(needs_look=True)
    page = re.sub(r"\s+", " ", page_of(jo, QUEUE + "?tab=look"))
    assert "<strong>99+</strong> Needs a look" in page
    assert re.search(r'href="\?tab=closed"> Closed', page)
    first = CallbackRequest.objects.needing_a_look().first()
    CallbackRequest.objects.filter(pk=first.pk).update(needs_look=False)
    assert "<strong>99</strong> Needs a look" in re.sub(r"\s+", " ", page_of(jo, QUEUE + "?tab=look"))


# Who calls back --------------------------------------------------------------------------------------------------


@pytest.fixture
def tried_today(client_of, jo, make_request, clock):
    """Somebody whom Jo tried a while ago, and who is due tomorrow."""
    stored = make_request("+12165550187", name="Sam")
    stored.claim(jo, clock.now)
    stored.record_attempt(jo, Outcome.NO_ANSWER, clock.now)
    clock.now += datetime.timedelta(minutes=30)
    return stored


def test_who_was_tried_and_rings_back_is_next_after_a_crisis(client_of, jo, make_request, tried_today, clock):
    client = client_of(jo)
    overdue = make_request("+12165550101", at=clock.now - datetime.timedelta(days=9))
    assert references_in(client.get(QUEUE).content.decode()) == [overdue.reference]  # who was just tried is hidden
    client.post(QUEUE + "add/", {"phone": "216 555 0187", "name": "Sam"})
    crisis = make_request("+12165550102", crisis=True)
    page = client.get(QUEUE).content.decode()
    assert references_in(page) == [crisis.reference, tried_today.reference, overdue.reference]
    assert "Called back at 10:30 a.m." in page


def test_who_is_tried_again_has_called_back_no_longer(client_of, jo, tried_today, clock):
    client_of(jo).post(QUEUE + "add/", {"phone": "216 555 0187"})
    fresh = CallbackRequest.objects.get()
    assert fresh.called_back_at == clock.now
    fresh.claim(jo, clock.now)
    fresh.record_attempt(jo, Outcome.NO_ANSWER, clock.now)
    assert CallbackRequest.objects.get().called_back_at is None


def test_who_sends_the_form_again_has_not_rung(make_request, tried_today):
    make_request("+12165550187", name="Sam")
    assert CallbackRequest.objects.get().called_back_at is None


def test_yesterdays_call_back_is_nothing_special_today(client_of, jo, tried_today, clock):
    client_of(jo).post(QUEUE + "add/", {"phone": "216 555 0187"})
    clock.now += datetime.timedelta(days=1)
    assert "Called back" not in client_of(jo).get(QUEUE).content.decode()
