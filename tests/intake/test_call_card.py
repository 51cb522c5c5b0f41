"""The verbs of the desk, as they are pressed on the call card: what each does, refuses and keeps."""

import datetime
import re
import zoneinfo

import pytest
from django.utils import timezone

from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution, Status
from reentry_site import facts
from tests.intake.conftest import QUEUE, card, on_record, recorded_by, store, withdraw


@pytest.fixture(autouse=True)
def now(clock):
    """The desk's pages read the clock themselves: a morning on which calls are made."""
    return clock.now


def test_take_no_answer_and_it_is_due_later(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    assert client.post(card(stored, "take")).url == card(stored)
    answer = client.post(card(stored, "attempt"), {"outcome": "no_answer"}, follow=True)
    assert "Saved. Next try:" in answer.content.decode()
    after = CallbackRequest.objects.get()
    assert after.status == Status.TRYING
    assert after.next_try_at > timezone.now()


def test_two_people_one_call(client_of, jo, tom, make_request):
    stored = make_request()
    client_of(jo).post(card(stored, "take"))
    second = client_of(tom).post(card(stored, "take"))
    assert second.status_code == 409
    assert "Jo has this call now" in second.content.decode()


def test_not_now_closes_as_declined(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    client.post(card(stored, "attempt"), {"outcome": "not_now"})
    after = CallbackRequest.objects.get()
    assert (after.status, after.resolution) == (Status.CLOSED, Resolution.DECLINED_FOR_NOW)
    assert [attempt.outcome for attempt in after.attempts.all()] == [Outcome.REACHED]


def test_a_refused_press_keeps_the_typed_note(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    answer = client.post(card(stored, "attempt"), {"outcome": "left_voicemail", "note": "Typed at length."})
    assert answer.status_code == 409
    assert "Typed at length." in answer.content.decode()


def next_tuesday(hour: int, minute: int = 0) -> str:
    """As the field sends it, on the clinic's clock."""
    today = timezone.localdate()
    day = today + datetime.timedelta((1 - today.weekday()) % 7 or 7)
    return f"{day}T{hour:02}:{minute:02}"


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "2001-01-01T10:00", "9999-12-31T10:00", next_tuesday(23), next_tuesday(7, 59), "2031-01-01T10:00"],
)
def test_a_time_that_cannot_be_is_not_taken_and_nothing_typed_is_lost(client_of, jo, make_request, typed):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    answer = client.post(card(stored, "later"), {"later": typed, "note": "Ask for Kim."})
    assert answer.status_code == 409
    assert f'value="{typed}"' in answer.content.decode()
    assert "Ask for Kim." in answer.content.decode()
    assert CallbackRequest.objects.get().status == Status.NEW


def test_asked_later_is_due_on_the_clinics_clock_and_shows_then(client_of, jo, make_request, clinic_with):
    clinic_with("time_zone: America/Los_Angeles\n")
    stored, client = make_request(preferred_times=("evening",)), client_of(jo)
    client.post(card(stored, "take"))
    client.post(card(stored, "later"), {"later": next_tuesday(10, 30), "note": "Ask for Kim."})
    due = datetime.datetime.fromisoformat(next_tuesday(10, 30)).replace(tzinfo=zoneinfo.ZoneInfo("America/Los_Angeles"))
    after = CallbackRequest.objects.get()
    assert after.next_try_at == due
    assert [note.text for note in after.staff_notes.all()] == ["Ask for Kim."]
    assert "10:30 a.m." in client.get(QUEUE + "?tab=waiting").content.decode()
    calendar = Calendar(facts.current())
    assert after in CallbackRequest.objects.callable_now(due, calendar)
    assert after not in CallbackRequest.objects.callable_now(due - datetime.timedelta(minutes=1), calendar)


def test_a_second_tap_writes_no_second_try(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    pressed = {"outcome": "coming_back", "acts": "0"}
    assert client.post(card(stored, "attempt"), pressed).status_code == 302
    second = client.post(card(stored, "attempt"), pressed)
    assert second.status_code == 409
    assert "Something was written down meanwhile" in second.content.decode()
    assert stored.attempts.count() == 1
    assert '<input type="hidden" name="acts" value="1">' in client.get(card(stored)).content.decode()


def test_a_note_that_is_too_long_is_told_and_nothing_is_saved(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))

    answer = client.post(card(stored, "attempt"), {"outcome": "no_answer", "note": "x" * 281})

    assert answer.status_code == 409
    assert "Shorten it to 280 letters or fewer" in answer.content.decode()
    assert "x" * 281 in answer.content.decode()
    assert stored.attempts.count() == 0


def test_letters_that_nobody_sees_are_left_out_of_a_note(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    client.post(card(stored, "attempt"), {"outcome": "no_answer", "note": "a\u202eb"})
    assert stored.staff_notes.get().text == "ab"


def test_still_on_the_call_keeps_the_half_written_note(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    answer = client.post(card(stored, "take"), {"note": "half a sen"})
    assert "half a sen" in answer.content.decode()


def test_still_on_the_call_tells_when_somebody_else_has_it_and_keeps_the_note(client_of, jo, tom, make_request):
    stored = make_request()
    client_of(tom).post(card(stored, "take"))

    answer = client_of(jo).post(card(stored, "take"), {"note": "half a sen"})

    assert answer.status_code == 409
    assert "Tom has this call now" in answer.content.decode()
    assert "half a sen" in answer.content.decode()


@pytest.mark.parametrize("acts", ["1", "-1", "x", "9" * 5000])
def test_a_card_that_never_was_writes_nothing(client_of, jo, make_request, acts):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))

    answer = client.post(card(stored, "attempt"), {"outcome": "no_answer", "acts": acts})

    assert answer.status_code == 409
    assert not stored.attempts.exists()


def test_an_outcome_after_the_claim_ran_out_is_still_written(client_of, jo, make_request, now):
    stored, client = make_request(), client_of(jo)
    stored.claim(jo, now - datetime.timedelta(minutes=21))
    assert client.post(card(stored, "attempt"), {"outcome": "no_answer", "note": "Rang long."}).status_code == 302
    assert stored.attempts.count() == 1


def test_what_was_typed_shows_when_somebody_else_took_the_call(client_of, jo, tom, make_request, now):
    stored = make_request()
    stored.claim(jo, now - datetime.timedelta(minutes=21))
    client_of(tom).post(card(stored, "take"))
    answer = client_of(jo).post(card(stored, "attempt"), {"outcome": "no_answer", "note": "Rang long."})
    assert answer.status_code == 409
    assert "Tom has this call now" in answer.content.decode()
    assert "Rang long." in answer.content.decode()


def test_one_number_has_one_caller(client_of, jo, tom, make_request):
    first, second = make_request(name="Sam"), make_request(name="Ana")
    client_of(jo).post(card(first, "take"))
    refused = client_of(tom).post(card(second, "take")).content.decode()
    assert "Jo has this number now" in refused
    assert f"Another open request has this number: {first.reference}" in refused


def test_a_slip_can_be_taken_back_while_it_is_fresh(client_of, jo, make_request, settings):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    client.post(card(stored, "attempt"), {"outcome": "asked_to_stop"})
    assert "Undo the last step" in client.get(card(stored)).content.decode()
    client.post(card(stored, "undo_last"))
    again = CallbackRequest.objects.get()
    assert (again.status, again.resolution, again.claimed_by) == (Status.NEW, "", jo)
    settings.UNDO_MINUTES = -1
    client.post(card(stored, "attempt"), {"outcome": "wrong_number"})
    assert "Undo the last step" not in client.get(card(stored)).content.decode()
    assert client.post(card(stored, "undo_last")).status_code == 409
    assert CallbackRequest.objects.get().status == Status.CLOSED


def test_what_its_sender_took_back_is_not_opened_again(client_of, jo, now):
    version = store(now)
    stored, client = version.request, client_of(jo)
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.NO_ANSWER, now)
    withdraw(version, now)

    page = client.get(card(stored)).content.decode()
    pressed = client.post(card(stored, "undo_last"))

    assert "Undo the last step" not in page
    assert pressed.status_code == 409
    assert CallbackRequest.objects.get().status == Status.CLOSED


def test_a_crisis_stands_on_top_at_any_hour_until_somebody_talked(client_of, jo, make_request, page_of):
    stored, client = make_request(crisis=True, preferred_times=("evening",)), client_of(jo)
    client.post(card(stored, "take"))
    assert "This may be an emergency" in client.get(card(stored)).content.decode()
    client.post(card(stored, "attempt"), {"outcome": "no_answer"})
    assert "May be in crisis" in page_of(jo, QUEUE)
    client.post(card(stored, "take"))
    client.post(card(stored, "attempt"), {"outcome": "coming_back"})
    assert "May be in crisis" not in page_of(jo, QUEUE)


def test_staff_who_lose_their_way_are_led_back_to_the_desk(client_of, jo):
    for address in (QUEUE + "nothing/change/", "/admin/nothing/"):
        answer = client_of(jo).get(address)
        assert answer.status_code == 404
        assert "Back to the desk" in answer.content.decode()


@pytest.mark.parametrize("data", [{}, {"outcome": "nonsense"}, {"resolution": "asked_not_to_call"}])
def test_a_press_that_is_no_button_changes_nothing(client_of, jo, make_request, data):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    for verb in ("attempt", "close"):
        assert client.post(card(stored, verb), data).status_code == 409
    assert CallbackRequest.objects.get().status == Status.NEW


def test_a_call_written_down_has_the_private_defaults_and_is_on_the_record(client_of, jo):
    answer = client_of(jo).post(QUEUE + "add/", {"phone": "216 555 0143"})
    stored = CallbackRequest.objects.get()
    assert answer.url == card(stored)
    assert stored.taken_by == jo
    assert not any((stored.voicemail_ok, stored.text_ok, stored.may_say_clinic_name))
    assert (on_record(), recorded_by()) == ([(stored.reference, "Wrote down a call")], {jo.pk})


def test_a_call_written_down_with_a_fault_is_told_and_kept(client_of, jo):
    answer = client_of(jo).post(QUEUE + "add/", {"phone": "216", "name": "Sam"})
    assert answer.status_code == 422
    assert "Enter a phone number with 10 digits" in answer.content.decode()
    assert 'value="Sam"' in answer.content.decode()


def test_what_was_ticked_stays_ticked_when_a_call_is_shown_again(client_of, jo):
    ticked = {
        "voicemail_ok": "on",
        "text_ok": "on",
        "may_say_clinic_name": "yes",
        "preferred_times": "morning",
        "crisis": "on",
    }
    page = client_of(jo).post(QUEUE + "add/", {"phone": "216"} | ticked).content.decode()
    assert len(re.findall(r"<input[^>]* checked", page)) == len(ticked)


@pytest.mark.parametrize("written", [{"crisis": "on"}, {"note": "he says he wants to die"}])
def test_a_caller_in_danger_is_put_at_the_top(client_of, jo, written):
    client_of(jo).post(QUEUE + "add/", {"phone": "216 555 0143"} | written)
    assert CallbackRequest.objects.get().crisis
