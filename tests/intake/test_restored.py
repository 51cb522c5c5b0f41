"""What came back from a backup is called by nobody until a supervisor has checked it: they may have said stop since."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from intake import standing, undo
from intake.admin import wording
from intake.attempts import StaffNote
from intake.calls import Refused
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from tests.intake.conftest import MINUTE, QUEUE, card, on_record, said, store
from tests.intake.grid import DAY, EVERY
from tests.intake.test_lists import TUE_10, WED_18, at_work, lists  # noqa: F401 (a fixture)
from tests.intake.test_transitions import allowed

NUMBER = "(216) 555-0187"
CHECKED = "Asked Ana: they still want a call."


@pytest.fixture
def restored(make_request, clock):
    """A request as a restore leaves it."""

    def make(**sent) -> CallbackRequest:
        request = make_request("+12165550187", **sent)
        CallbackRequest.objects.filter(pk=request.pk).update(restored=True)
        return CallbackRequest.objects.get(pk=request.pk)

    return make


def test_it_needs_a_look_and_is_not_among_the_calls(restored):
    request = restored()
    assert lists(request, TUE_10) == {"look"}
    assert lists(request, WED_18) == {"look", "overdue"}  # it keeps its clock


def test_one_that_may_be_a_crisis_is_called_all_the_same(restored, page_of, jo, now):
    request = restored(crisis=True)
    assert lists(request, TUE_10) == {"call", "look"}
    request.claim(jo, now)
    page = page_of(jo, card(request))
    assert NUMBER in page and wording.RESTORED in page


def test_whatever_staff_do_about_it_it_stays_until_it_is_released(restored, jo, now):
    request = restored()
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.NO_ANSWER, now)
    assert lists(request, now + 2 * DAY) >= {"look"} and "call" not in lists(request, now + 2 * DAY)
    store(now + DAY, "+12165550187")  # nor by what a stranger sends
    request.refresh_from_db()
    assert lists(request, now + 2 * DAY) >= {"look"} and "call" not in lists(request, now + 2 * DAY)


def test_closed_it_is_looked_at_no_more_and_reopened_it_still_waits(restored, jo, now):
    request = restored()
    request.claim(jo, now)
    request.close(jo, Resolution.WITHDRAWN, now)
    assert lists(request, now) == set()
    undo.undo_last(request, jo, now + MINUTE)
    assert lists(request, now + MINUTE) == {"look"}


def test_who_is_to_be_asked_again_waits_too_when_that_day_comes(at_work, now):  # noqa: F811
    request = at_work(Outcome.REACHED, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=30)
    CallbackRequest.objects.update(restored=True)
    assert lists(request, now) == set()
    then = now + 31 * DAY
    standing.come_back(request, then)
    assert lists(request, then + DAY) - {"overdue"} == {"look"}


def test_the_number_shows_to_nobody_whatever_a_supervisor_allowed(restored, client_of, page_of, jo, ada, now):
    request = restored()
    request.claim(jo, now)
    request.allow_dialling(ada, now, reason="They asked.")
    assert not request.may_be_dialled(now)
    page = page_of(jo, card(request))
    assert NUMBER not in page and "tel:" not in page
    assert wording.RESTORED in page and "Nobody calls here until it is released." in page
    assert "Let it be called now" not in page_of(ada, card(request))
    assert ("Release it" in page, "Release it" in page_of(ada, card(request))) == (False, True)


def test_the_queue_says_so_in_words_and_who_has_it(restored, page_of, jo, ada, now):
    request = restored()
    assert "Restored: check first" not in page_of(jo, QUEUE)
    assert "Restored: check first" in page_of(jo, f"{QUEUE}?tab=look")
    request.claim(jo, now)
    page = page_of(ada, f"{QUEUE}?tab=look")
    assert "Restored: check first" in page and "Taken by Jo" in page


def test_a_supervisor_releases_it_with_a_line_and_then_it_is_called(restored, client_of, page_of, jo, ada, now):
    request = restored()
    request.claim(jo, now)
    assert client_of(jo).post(card(request, "release_restored"), {"reason": CHECKED}).status_code == 403
    refused = client_of(ada).post(card(request, "release_restored"), {"reason": " "})
    assert refused.status_code == 409 and "Write down what you checked" in refused.content.decode()
    assert lists(request, TUE_10) == {"look"}

    done = client_of(ada).post(card(request, "release_restored"), {"reason": CHECKED})

    assert said(done) == ["Released. It stands among the calls again."]
    request.refresh_from_db()
    assert (lists(request, TUE_10), request.may_be_dialled(now)) == ({"call"}, True)
    assert NUMBER in page_of(jo, card(request))
    assert [note.text for note in StaffNote.objects.all()] == [f"Released after a restore: {CHECKED}"]
    assert (request.reference, "Released a request that came back from a backup") in on_record()


def test_it_is_released_once_and_only_where_it_came_back(desk):
    sue: User = desk.sue
    assert allowed(desk, lambda request: request.release_restored(sue, desk.now, checked="x")) == {}
    request = desk.stands_at("new")
    CallbackRequest.objects.filter(pk=request.pk).update(restored=True)
    first, second = (CallbackRequest.objects.get(pk=request.pk) for _ in range(2))
    first.release_restored(sue, desk.now, checked="x")
    with pytest.raises(Refused):
        second.release_restored(sue, desk.now, checked="x")
    assert StaffNote.objects.count() == 1


def test_releasing_changes_nothing_else_whoever_holds_it(desk):
    @transaction.atomic
    def release(request):
        CallbackRequest.objects.filter(pk=request.pk).update(restored=True)
        request.refresh_from_db()
        request.release_restored(desk.sue, desk.now, checked="x")

    assert allowed(desk, release) == dict.fromkeys(EVERY, {"StaffNote": 1})
