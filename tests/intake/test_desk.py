"""The calling desk: who may do what, what shows to whom, and that everything shown is on the record."""

import datetime
import re
import zoneinfo

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution, Status
from reentry_site import facts
from tests.intake.conftest import staff

QUEUE = "/admin/intake/callbackrequest/"


def card(request: CallbackRequest, verb: str = "change") -> str:
    return f"{QUEUE}{request.pk}/{verb}/"


@pytest.fixture
def client_of():
    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def now():
    """The desk's pages read the clock themselves."""
    return timezone.now()


@pytest.fixture
def page_of(client_of):
    return lambda user, address: client_of(user).get(address).content.decode()


# Who may do what ----------------------------------------------------------------------------------------------

ADDRESSES = (
    "",
    "{pk}/change/",
    "add/",
    "{pk}/take/",
    "{pk}/release/",
    "{pk}/attempt/",
    "{pk}/later/",
    "{pk}/close/",
    "{pk}/reopen/",
    "find/",
)
VERBS = ("take", "release", "attempt", "later", "close", "reopen")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("group", "allowed"),
    [("triage", True), ("supervisor", True), ("privacy", False), ("editor", False), ("operator", False), (None, False)],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_desk_opens_to_triage_and_supervisors_alone(client_of, make_request, group, allowed, address, method):
    user = staff("Someone", *([group] if group else []))
    stored = make_request(name="Rosalind")
    answer = getattr(client_of(user), method)(QUEUE + address.format(pk=stored.pk))
    if not allowed:
        assert answer.status_code == 403
        assert "Rosalind" not in answer.content.decode()
        assert not LogEntry.objects.exists()
    else:
        assert answer.status_code != 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_is_sent_to_sign_in(client, make_request, address):
    answer = client.get(QUEUE + address.format(pk=make_request().pk))
    assert answer.status_code == 302
    assert answer.url.startswith("/admin/login/")


def test_a_verb_is_never_done_by_a_link(client_of, jo, make_request):
    stored = make_request()
    for verb in VERBS:
        answer = client_of(jo).get(card(stored, verb))
        assert (answer.status_code, answer["Location"]) == (302, card(stored))  # as after signing in again
    assert CallbackRequest.objects.get().claimed_by is None


def test_nothing_is_deleted_and_what_was_sent_is_not_edited(client_of, jo, make_request):
    stored = make_request(name="Sam")
    assert client_of(jo).post(card(stored, "delete"), {"post": "yes"}).status_code == 403
    assert client_of(jo).post(card(stored), {"name": "Other"}).status_code == 405
    assert CallbackRequest.objects.get().answers.name == "Sam"


# What shows to whom -------------------------------------------------------------------------------------------


def test_the_queue_shows_the_last_four_digits_and_no_more(page_of, jo, make_request):
    make_request("+12165550187", name="Sam", note="private words", needs_look=True)
    page = page_of(jo, QUEUE + "?tab=look")
    assert "number ends 0187" in page
    assert not re.search(r"555.?0187", page)
    assert "private words" not in page


def test_the_number_and_the_note_show_to_the_holder_alone(page_of, jo, tom, make_request, now):
    stored = make_request("+12165550187", name="Sam", note="private words")
    for user in (jo, tom):
        assert not re.search(r"555.?0187|private words|Sam", page_of(user, card(stored)))
    stored.claim(jo, now)
    assert "(216) 555-0187" in page_of(jo, card(stored))
    assert "private words" in page_of(jo, card(stored))
    theirs = page_of(tom, card(stored))
    assert "Jo has this call now" in theirs
    assert not re.search(r"555.?0187|private words|Sam", theirs)


def test_a_closed_request_shows_no_number(page_of, jo, make_request, now):
    stored = make_request("+12165550187")
    stored.claim(jo, now)
    stored.close(jo, Resolution.DUPLICATE, now)
    assert not re.search(r"555.?0187", page_of(jo, card(stored)))


def test_no_name_or_number_in_a_title(page_of, jo, make_request, now):
    stored = make_request("+12165550187", name="Rosalind")
    stored.claim(jo, now)
    for address in (QUEUE + "?tab=mine", card(stored), card(stored, "history")):
        title = re.search(r"<title>(.*?)</title>", page_of(jo, address), re.DOTALL)[1]
        assert not re.search("Rosalind|0187", title)


@pytest.mark.parametrize("skipped", [True, False])
def test_no_voicemail_and_no_text_remove_their_buttons_and_words(page_of, jo, make_request, now, skipped):
    stored = make_request(voicemail_ok=not skipped, text_ok=not skipped)
    stored.claim(jo, now)
    page = page_of(jo, card(stored))
    assert ('value="left_voicemail"' in page, 'value="text_sent"' in page) == (not skipped, not skipped)
    assert ("Please call (216) 480-4860" in page) == (not skipped)
    assert ("No voicemail" in page, "No text" in page) == (skipped, skipped)


def test_the_script_names_the_clinic_to_nobody(page_of, jo, make_request, now):
    stored = make_request(name="Sam", voicemail_ok=True, text_ok=True)
    stored.claim(jo, now)
    page = page_of(jo, card(stored))
    script = re.search(r'id="say">.*?</section>', page, re.DOTALL)[0]
    assert "Hi, may I speak with Sam?" in script
    assert "This is Jo for Sam" in script
    assert "Tal" not in script


def test_a_request_that_cannot_be_opened_is_marked_and_not_blank(page_of, jo, make_request, now):
    stored = make_request(needs_look=True)
    CallbackRequest.objects.update(sealed=b"damaged")
    assert "Cannot be opened" in page_of(jo, QUEUE + "?tab=look")
    CallbackRequest.objects.get().claim(jo, now)
    assert "cannot be opened" in page_of(jo, card(stored))


# The verbs, as pressed ----------------------------------------------------------------------------------------


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


def test_asked_later_is_due_on_the_clinics_clock_and_shows_then(client_of, jo, make_request):
    stored, client = make_request(preferred_times=("evening",)), client_of(jo)
    client.post(card(stored, "take"))
    client.post(card(stored, "later"), {"later": next_tuesday(10, 30), "note": "Ask for Kim."})
    due = datetime.datetime.fromisoformat(next_tuesday(10, 30)).replace(tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    after = CallbackRequest.objects.get()
    assert after.next_try_at == due
    assert [note.text for note in after.staff_notes.all()] == ["Ask for Kim."]
    calendar = Calendar(facts.current())
    assert after in CallbackRequest.objects.callable_now(due, calendar)
    assert after not in CallbackRequest.objects.callable_now(due - datetime.timedelta(minutes=1), calendar)


def test_a_second_tap_writes_no_second_try(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    pressed = {"outcome": "coming_back", "tries": "0"}
    assert client.post(card(stored, "attempt"), pressed).status_code == 302
    second = client.post(card(stored, "attempt"), pressed)
    assert second.status_code == 409
    assert "A try was written down meanwhile" in second.content.decode()
    assert stored.attempts.count() == 1


def test_still_on_the_call_keeps_the_half_written_note(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    answer = client.post(card(stored, "take"), {"note": "half a sen"})
    assert "half a sen" in answer.content.decode()


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
    assert "Open it again" in client.get(card(stored)).content.decode()
    client.post(card(stored, "reopen"))
    again = CallbackRequest.objects.get()
    assert (again.status, again.resolution, again.claimed_by) == (Status.TRYING, "", jo)
    client.post(card(stored, "attempt"), {"outcome": "wrong_number"})
    settings.REOPEN_MINUTES = -1
    assert "Open it again" not in client.get(card(stored)).content.decode()
    assert client.post(card(stored, "reopen")).status_code == 409
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


def test_a_reference_that_a_client_quotes_leads_to_the_card(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    for typed in (stored.reference, stored.reference.lower().replace("-", " ")):
        assert client.post(QUEUE + "find/", {"reference": typed}).url == card(stored)
    missed = client.post(QUEUE + "find/", {"reference": "nothing"}, follow=True)
    assert "No request has this reference" in missed.content.decode()


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
    assert [(entry.user, entry.change_message) for entry in LogEntry.objects.all()] == [(jo, "Wrote down a call")]


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


def test_a_caller_in_danger_is_put_at_the_top(client_of, jo):
    client_of(jo).post(QUEUE + "add/", {"phone": "216 555 0143", "crisis": "on"})
    assert CallbackRequest.objects.get().crisis


# The record ---------------------------------------------------------------------------------------------------


def test_every_opening_and_every_verb_is_on_the_record(client_of, jo, make_request):
    stored, client = (
        make_request("+12165550187", name="Rosalind", note="private words", voicemail_ok=True),
        client_of(jo),
    )
    client.get(card(stored))
    client.post(card(stored, "take"))
    client.get(card(stored))
    client.post(card(stored, "attempt"), {"outcome": "coming_back", "note": "private line"})
    client.post(card(stored, "close"), {"resolution": "came_back"})
    lines = LogEntry.objects.order_by("action_time", "id")
    assert [line.change_message for line in lines] == [
        "Opened the call card",
        "Took the call",
        "Opened the call card and saw the number",
        "Wrote down a try: We talked. Coming back",
        "Closed: Came back",
    ]
    assert {line.object_repr for line in lines} == {stored.reference}
    assert {line.user for line in lines} == {jo}


def test_where_the_record_cannot_be_written_nothing_is_shown(client_of, jo, make_request, now):
    stored = make_request("+12165550187")
    stored.claim(jo, now)
    client = client_of(jo)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_admin_log RENAME TO gone")
    answer = client.get(card(stored))
    assert answer.status_code == 500
    assert "0187" not in answer.content.decode()


# Cost ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_costs_the_same_queries_however_many_rows(client_of, jo, tom, make_request, rows, now):
    for number in range(rows):
        stored = make_request(f"+121655501{number:02}", needs_look=True)
        stored.claim(tom, now)
    client = client_of(jo)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(QUEUE + "?tab=look").content.decode()
    assert page.count("number ends") == rows
    # session, user, two of permissions, six counts, the page's count, the rows
    assert len(queries) == 12
