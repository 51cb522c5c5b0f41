"""Promises of the desk where it was found wanting: who is called, what was typed, what the pages and the record say."""

import contextlib
import datetime
import re

import pytest

from intake import cadence, standing, undo
from intake.attempts import Draft, StaffNote, StepTaken
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.words import CrisisStep, Outcome, Resolution, Status
from reentry_site import facts
from tests.intake.conftest import QUEUE, card, change, code_of, on_record, store

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)


@pytest.fixture
def now(clock):
    return clock.now


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


def is_callable(request: CallbackRequest, moment: datetime.datetime) -> bool:
    callable_now = CallbackRequest.objects.callable_now(moment, cadence.Calendar(facts.current()))
    return callable_now.filter(pk=request.pk).exists()


# Who is called --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", [Resolution.ASKED_NOT_TO_CALL, Resolution.WRONG_NUMBER])
def test_a_number_is_stopped_too_where_a_supervisor_closes_for_that_reason(client_of, ada, make_request, why):
    stored, other = make_request(name="Sam"), make_request(name="Alex")
    client = client_of(ada)
    client.post(card(stored, "take"))
    client.post(card(stored, "close"), {"resolution": why, "note": "Said so at the door."})
    assert fresh(stored).resolution == why
    assert StoppedNumber.has(stored.phone_hash)
    assert fresh(other).status == Status.CLOSED


def test_who_asked_to_be_asked_again_is_called_in_the_times_they_picked(make_request, jo, now):
    stored = make_request(preferred_times=("morning",))
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.REACHED, now, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=30)
    back = now + 30 * DAY
    standing.come_back(fresh(stored), back)
    again = fresh(stored)
    afternoon = again.next_try_at + 5 * HOUR
    assert cadence.Calendar(facts.current()).is_staffed(afternoon)
    assert (is_callable(again, afternoon), again.may_be_dialled(afternoon)) == (False, False)


def test_who_talked_and_named_no_time_is_called_in_the_times_they_picked(make_request, jo, now):
    stored = make_request(preferred_times=("morning",))
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.REACHED, now)
    afternoon = fresh(stored).next_try_at + 5 * HOUR
    assert (is_callable(fresh(stored), afternoon), fresh(stored).may_be_dialled(afternoon)) == (False, False)


def test_who_talked_with_us_is_never_closed_as_not_reached_by_one_missed_call(make_request, jo, now):
    stored, moment = make_request(), now
    for _ in range(4):
        stored.claim(jo, moment)
        stored.record_attempt(jo, Outcome.NO_ANSWER, moment)
        moment = fresh(stored).next_try_at
    stored.claim(jo, moment)
    stored.record_attempt(jo, Outcome.REACHED, moment)
    moment = fresh(stored).next_try_at
    stored.claim(jo, moment)
    stored.record_attempt(jo, Outcome.NO_ANSWER, moment)
    assert fresh(stored).status == Status.REACHED


def test_who_was_called_today_is_not_offered_for_a_second_call_under_overdue(page_of, jo, make_request, clock):
    stored = make_request()
    clock.now = stored.call_by + DAY
    while not cadence.Calendar(facts.current()).is_staffed(clock.now):
        clock.now += HOUR
    stored.claim(jo, clock.now)
    stored.record_attempt(jo, Outcome.NO_ANSWER, clock.now)
    clock.now += HOUR
    page = page_of(jo, f"{QUEUE}?tab=overdue")
    assert stored.reference in page
    assert "Take this call" not in page


def test_taking_back_one_stop_lifts_no_other(make_request, jo, tom, now):
    first = make_request()
    first.claim(jo, now)
    first.record_attempt(jo, Outcome.ASKED_TO_STOP, now)
    soon = now + datetime.timedelta(minutes=2)
    second = make_request(at=soon)
    second.claim(tom, soon)
    second.record_attempt(tom, Outcome.ASKED_TO_STOP, soon)
    with contextlib.suppress(Refused):
        undo.undo_last(fresh(first), jo, soon + datetime.timedelta(minutes=1))
    assert StoppedNumber.has(first.phone_hash)


# What was typed -------------------------------------------------------------------------------------------------


@pytest.fixture
def held(client_of, jo, make_request):
    stored = make_request(crisis=True)
    client_of(jo).post(card(stored, "take"))
    return fresh(stored)


def test_what_was_typed_is_still_there_after_giving_the_call_back(client_of, jo, held):
    client_of(jo).post(card(held, "release"), {"note": "Sister answers before noon."})
    assert Draft.of(held, jo) == "Sister answers before noon."


def test_what_was_typed_is_still_there_after_a_step_in_a_crisis(client_of, jo, held):
    page = client_of(jo).get(card(held)).content.decode()
    button = re.search(r"<button[^>]*name=\"step\"[^>]*>", page)[0]
    assert 'form="went"' in button  # so that the line above goes along
    client_of(jo).post(card(held, "step"), {"step": CrisisStep.TOLD, "note": "Dr. told at ten."})
    assert Draft.of(held, jo) == "Dr. told at ten."


def test_a_line_half_written_outlives_that_the_call_was_handed_over(client_of, jo, tom, held):
    client_of(jo).post(card(held, "hold"), {"note": "Prefers a woman to call."})
    client_of(jo).post(card(held, "hand_over"), {"to": tom.pk, "line": "Please go on"})
    written = [note.text for note in StaffNote.objects.all()]
    assert "Prefers a woman to call." in [*written, Draft.of(held, jo)]


def test_a_line_half_written_outlives_that_dialling_was_allowed(client_of, ada, make_request, clock):
    stored = make_request(preferred_times=("evening",))
    client = client_of(ada)
    client.post(card(stored, "take"))
    client.post(card(stored, "hold"), {"note": "Half a line"})
    client.post(card(stored, "allow_dialling"), {"reason": "She asked for it."})
    assert Draft.of(stored, ada) == "Half a line"


def test_a_line_that_is_too_long_is_kept_whole_while_it_is_a_draft(client_of, jo, held):
    client_of(jo).post(card(held, "hold"), {"note": "x" * 300})
    assert Draft.of(held, jo) == "x" * 300


@pytest.mark.parametrize(
    ("pressed", "typed"),
    [
        ("coming_back", {"later": "2026-03-05T10:00"}),
        ("they_called", {"visit": "2026-03-05"}),
        ("no_answer", {"later": "2026-03-05T10:00"}),
        ("coming_back", {"day": "2026-03-05"}),
    ],
)
def test_a_day_that_was_typed_is_not_dropped_unsaid(client_of, jo, held, pressed, typed):
    page = client_of(jo).post(card(held, "attempt"), {"outcome": pressed, "note": "x"} | typed)
    [(name, value)] = typed.items()
    told = page.status_code == 409 and value in page.content.decode()
    assert told or fresh(held).visit_id or fresh(held).next_try_at.date() == datetime.date(2026, 3, 5)


def test_what_staff_wrote_goes_along_through_two_changes_of_the_number(client_of, jo, now, db):
    version = store(now, name="Sam")
    stored = version.request
    stored.claim(jo, now)
    StaffNote.write(stored, jo, "Ask for the kitchen line.", now)
    stored.release(jo, now)
    moment = now + datetime.timedelta(minutes=1)
    second = change(code_of(version), moment, phone="+12165550144")
    third = change(code_of(second), moment + datetime.timedelta(minutes=1), phone="+12165550145")
    client = client_of(jo)
    client.post(card(third.request, "take"))
    assert "Ask for the kitchen line." in client.get(card(third.request)).content.decode()


def test_the_steps_of_a_crisis_go_along_to_another_number(db, jo, now):
    version = store(now, name="Sam", note="I want to die")
    stored = version.request
    stored.claim(jo, now)
    stored.take_step(jo, CrisisStep.TOLD, now)
    stored = fresh(stored)
    stored.release(jo, now)
    second = change(code_of(version), now + datetime.timedelta(minutes=1), phone="+12165550144")
    assert StepTaken.objects.filter(request=second.request).exists()


# What is said ---------------------------------------------------------------------------------------------------


def test_the_record_says_that_the_number_was_seen_only_where_it_showed(client_of, jo, make_request):
    stored = make_request(preferred_times=("evening",))
    client = client_of(jo)
    client.post(card(stored, "take"))
    assert "tel:" not in client.get(card(stored)).content.decode()
    assert on_record()[-1] == (stored.reference, "Opened the call card")


@pytest.mark.parametrize("typed", ["216 555 0143 x5", "216-555-0143 ext. 5", "tel:+12165550143", "(216) 555-0143 #5"])
def test_a_number_typed_in_any_form_is_found(client_of, jo, make_request, typed):
    stored = make_request()
    assert client_of(jo).post(QUEUE + "find/", {"who": typed}).headers.get("Location") == card(stored)


def test_someone_rings_whose_request_was_closed_and_it_is_one_press_to_write_it_down(client_of, jo, make_request, now):
    stored = make_request()
    stored.claim(jo, now)
    stored.close(jo, Resolution.REFERRED_ELSEWHERE, now)
    page = client_of(jo).post(QUEUE + "find/", {"who": "216 555 0143"}, follow=True).content.decode()
    assert re.search(r'action="[^"]*/add/"', page)
