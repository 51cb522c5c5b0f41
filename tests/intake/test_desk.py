"""The calling desk: who may do what, what shows to whom, and that everything shown is on the record."""

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from intake.answers import Answers
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from tests.intake.conftest import QUEUE, card, on_record, recorded_by

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def now(clock):
    """The desk's pages read the clock themselves: a morning on which calls are made."""
    return clock.now


# Who may do what ----------------------------------------------------------------------------------------------

VERBS = ("take", "release", "attempt", "later", "close", "undo_last")


def test_a_verb_is_never_done_by_a_link(client_of, jo, make_request):
    stored = make_request()
    for verb in VERBS:
        answer = client_of(jo).get(card(stored, verb))
        assert (answer.status_code, answer["Location"]) == (302, card(stored))  # as after signing in again
    assert CallbackRequest.objects.get().claimed_by is None


@pytest.mark.parametrize("address", ["add/", "find/", *(f"{{pk}}/{verb}/" for verb in VERBS)])
def test_a_post_without_its_token_does_nothing_and_leads_back_to_the_desk(jo, make_request, address):
    stored, client = make_request(), Client(enforce_csrf_checks=True)
    client.force_login(jo)

    answer = client.post(QUEUE + address.format(pk=stored.pk), {"phone": "216 555 0199"})

    assert answer.status_code == 403
    assert "Back to the desk" in answer.content.decode()
    assert CallbackRequest.objects.get().claimed_by is None


def test_nothing_is_deleted_and_what_was_sent_is_not_edited(client_of, jo, make_request):
    stored = make_request(name="Sam")
    assert client_of(jo).post(card(stored, "delete"), {"post": "yes"}).status_code == 403
    assert client_of(jo).post(card(stored), {"name": "Other"}).status_code == 405
    assert CallbackRequest.objects.get().submission.name == "Sam"


# What shows to whom -------------------------------------------------------------------------------------------


def test_the_queue_shows_the_last_four_digits_and_no_more(page_of, jo, make_request):
    make_request("+12165550187", name="Sam", note="private words", look=("trap",))
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


def test_one_that_needs_a_look_shows_its_note_to_the_holder_alone(page_of, jo, make_request, now):
    stored = make_request(note="private words", look=("trap",))
    assert "private words" not in page_of(jo, card(stored))
    stored.claim(jo, now)
    assert "private words" in page_of(jo, card(stored))


def test_the_number_hides_again_when_the_lease_has_run_out(page_of, jo, make_request, now):
    stored = make_request("+12165550187", name="Sam", note="private words")
    stored.claim(jo, now - 21 * MINUTE)
    assert not re.search(r"555.?0187|Sam|private words", page_of(jo, card(stored)))


def test_past_tries_show_to_the_desk_and_their_notes_to_the_holder_alone(page_of, jo, tom, make_request, now):
    stored = make_request()
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.REACHED, now, note="private line")

    own, toms = page_of(jo, card(stored)), page_of(tom, card(stored))

    for page in (own, toms):
        assert "<strong>We talked</strong>" in page
    assert "private line" in own
    assert "private line" not in toms


def test_a_closed_request_shows_no_number(page_of, jo, make_request, now):
    stored = make_request("+12165550187")
    stored.claim(jo, now)
    stored.close(jo, Resolution.DUPLICATE, now)
    assert not re.search(r"555.?0187", page_of(jo, card(stored)))


def test_no_name_or_number_in_a_title(page_of, jo, make_request, now):
    stored = make_request("+12165550187", name="Rosalind")
    stored.claim(jo, now)
    for address in (QUEUE + "?tab=mine", card(stored)):
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


def test_after_a_voicemail_its_button_and_words_are_gone(page_of, jo, make_request, now):
    stored = make_request(voicemail_ok=True)
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.LEFT_VOICEMAIL, now)
    stored.claim(jo, now)

    page = page_of(jo, card(stored))

    assert "Voicemail OK" in page
    assert 'value="left_voicemail"' not in page
    assert "Please call (216) 480-4860" not in page


def test_the_number_is_a_link_that_dials_its_extension_beside_it(page_of, jo, make_request, now):
    stored = make_request("+12165550187;ext=12")
    stored.claim(jo, now)
    page = page_of(jo, card(stored))
    assert "tel:+1-216-555-0187" in page
    assert "extension 12" in page


def test_the_script_names_the_clinic_to_nobody(page_of, jo, make_request, now):
    stored = make_request(name="Sam", voicemail_ok=True, text_ok=True)
    stored.claim(jo, now)
    page = page_of(jo, card(stored))
    script = re.search(r'id="say">.*?</section>', page, re.DOTALL)[0]
    assert "Hi, may I speak with Sam?" in script
    assert "This is Jo for Sam" in script
    assert "Tal" not in script


def test_a_request_that_cannot_be_opened_is_marked_and_not_blank(page_of, jo, make_request, now):
    stored = make_request(look=("trap",))
    Answers.objects.update(sealed=b"damaged")
    assert "Cannot be opened" in page_of(jo, QUEUE + "?tab=look")
    CallbackRequest.objects.get().claim(jo, now)
    assert "cannot be opened" in page_of(jo, card(stored))


def test_what_cannot_be_opened_stays_as_it_is_whatever_is_done_with_it(client_of, jo, make_request):
    """The key may come back: nothing may take its place."""
    stored, client = make_request(), client_of(jo)
    Answers.objects.update(sealed=b"damaged")
    make_request(note="once more")
    for verb, sent in (("take", {}), ("attempt", {"outcome": "no_answer"}), ("take", {})):
        client.post(card(stored, verb), sent)
        client.get(card(stored))
    client.post(card(stored, "close"), {"resolution": "came_back", "note": "x"})
    stored.refresh_from_db()
    assert (stored.tries, stored.status) == (1, "closed")  # it was all done
    assert [bytes(version.sealed) for version in stored.versions.all()].count(b"damaged") == 1


def test_a_staff_note_that_cannot_be_opened_is_marked_and_not_blank(page_of, jo, make_request, now):
    stored = make_request()
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.REACHED, now, note="x")
    stored.staff_notes.update(sealed=b"damaged")
    assert "This note cannot be opened" in page_of(jo, card(stored))


@pytest.mark.parametrize(
    ("verb", "sent"),
    [
        ("attempt", {"outcome": "nonsense"}),
        ("attempt", {"outcome": "no_answer", "note": "x" * 281}),
        ("came", {}),
        ("later", {"later": "2026-03-04T03:00"}),
        ("later", {"later": "2026-05-19T10:00"}),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(client_of, jo, make_request, clock, verb, sent):
    """No such button, a note too long, nobody expected, an hour when nobody is here, a day too far off."""
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    assert client.post(card(stored, verb), sent).status_code == 409
    stored.refresh_from_db()
    assert (stored.status, stored.acts, stored.attempts.count()) == ("new", 0, 0)


def test_a_second_tap_writes_nothing(client_of, jo, make_request):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    taps = [client.post(card(stored, "attempt"), {"outcome": "coming_back", "acts": "0"}) for _ in range(2)]
    assert [each.status_code for each in taps] == [302, 409]
    assert stored.attempts.count() == 1


# The record ---------------------------------------------------------------------------------------------------


def test_every_opening_and_every_verb_is_on_the_record(client_of, jo, make_request):
    stored, client = (
        make_request("+12165550187", name="Rosalind", note="private words", voicemail_ok=True),
        client_of(jo),
    )
    client.get(card(stored))
    client.post(card(stored, "take"))
    client.post(card(stored, "release"))
    client.post(card(stored, "take"))
    client.get(card(stored))
    client.post(card(stored, "attempt"), {"outcome": "coming_back", "note": "private line"})
    client.post(card(stored, "close"), {"resolution": "came_back"})
    assert on_record() == [
        (stored.reference, what)
        for what in (
            "Opened the call card",
            "Took the call",
            "Gave the call back",
            "Took the call",
            "Opened the call card and saw the number",
            "Wrote down a try: We talked. Coming back",
            "Closed: Came back",
        )
    ]
    assert recorded_by() == {jo.pk}


def test_a_request_that_is_closed_with_another_is_on_the_record_too(client_of, jo, make_request):
    stored, other, client = make_request(name="Sam"), make_request(name="Ana"), client_of(jo)

    client.post(card(stored, "take"))
    client.post(card(stored, "attempt"), {"outcome": "asked_to_stop"})

    what = "With another request at this number: Wrote down a try: Asked us to stop"
    assert on_record()[-1] == (other.reference, what)


@pytest.fixture
def no_record(db):
    """The record takes no line."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE record_entry RENAME TO gone")


def test_where_the_record_cannot_be_written_nothing_is_done(client_of, jo, make_request, no_record):
    stored, client = make_request(), client_of(jo)
    client.raise_request_exception = False

    taken = client.post(card(stored, "take"))
    added = client.post(QUEUE + "add/", {"phone": "216 555 0199"})

    assert {taken.status_code, added.status_code} <= {500, 503}
    assert [(each.pk, each.claimed_by) for each in CallbackRequest.objects.all()] == [(stored.pk, None)]


def test_looking_at_the_calls_is_on_the_record(client_of, jo):
    client = client_of(jo)
    client.get(QUEUE)
    client.get(QUEUE, {"tab": "overdue", "page": "7"})
    assert on_record() == [
        ("", "Looked at the calls: To call now, page 1"),
        ("", "Looked at the calls: Overdue, page 1"),
    ]


@pytest.mark.parametrize("page", ["the calls", "the card"])
def test_where_the_record_cannot_be_written_nothing_is_shown(client_of, jo, make_request, now, no_record, page):
    stored = make_request("+12165550187", name="Rosalind")
    stored.claim(jo, now)
    client = client_of(jo)
    client.raise_request_exception = False
    answer = client.get(card(stored) if page == "the card" else QUEUE)
    assert answer.status_code in {500, 503}
    assert "0187" not in answer.content.decode() and "Rosalind" not in answer.content.decode()
    assert CallbackRequest.objects.get().opened_at is None


# Cost ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_costs_the_same_queries_however_many_rows(client_of, jo, tom, make_request, rows, now):
    for number in range(rows):
        stored = make_request(f"+121655501{number:02}", look=("trap",))
        stored.claim(tom, now)
    client = client_of(jo)
    client.get(QUEUE)  # notes in the session that somebody is there
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(QUEUE + "?tab=look").content.decode()
    assert page.count("number ends") == rows
    # session, user, second step, two of permissions, whether an editor, five counts, the rows, what they sent
    assert len(queries) == 17 + (connection.vendor == "postgresql")
