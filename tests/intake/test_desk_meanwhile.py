"""What a client sends, changes or takes back while staff work is seen at the desk, and nothing is saved over it."""

import datetime

import pytest
from django.utils import timezone

from intake import standing
from intake.answers import PrivateCode
from intake.models import CallbackRequest
from intake.words import Outcome
from tests.intake.conftest import QUEUE, card, change, code_of

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def now(clock):
    """The desk's pages read the clock themselves: a morning on which calls are made."""
    return clock.now


@pytest.fixture
def sent_twice(make_request, now):
    """One person's request: they asked, and asked again with other words."""
    make_request("+12165550187", name="Sam", note="first words", text_ok=True)
    return make_request("+12165550187", note="second words", look=("links",), at=now + datetime.timedelta(minutes=2))


def test_the_card_shows_the_newest_words_and_the_earlier_ones_under_the_strictest_choices(client_of, jo, sent_twice):
    client = client_of(jo)
    client.post(card(sent_twice, "take"))
    page = client.get(card(sent_twice)).content.decode()
    assert page.index("second words") < page.index("What was sent before") < page.index("first words")
    assert "Sam asked for a call" in page and "No text" in page
    assert "The note holds a link." in page
    assert CallbackRequest.objects.count() == 1


def test_a_verb_pressed_on_a_card_from_before_a_change_writes_nothing(client_of, jo, make_request, now):
    stored, client = make_request(), client_of(jo)
    client.post(card(stored, "take"))
    make_request(note="more", at=now + datetime.timedelta(minutes=2))
    for verb, sent in (("attempt", {"outcome": "no_answer"}), ("close", {"resolution": "duplicate"})):
        answer = client.post(card(stored, verb), sent | {"tries": 0, "times_sent": 1, "note": "my line"})
        assert answer.status_code == 409
        assert "They changed their request just now." in answer.content.decode()
        assert "my line" in answer.content.decode()
    assert client.get(card(stored, "changes")).content == b"2"
    assert client.post(card(stored, "attempt"), {"outcome": "no_answer", "times_sent": 2}).status_code == 302


def test_any_reference_they_were_shown_finds_their_request(client_of, jo, sent_twice):
    references = list(PrivateCode.objects.values_list("reference", flat=True))
    assert len(set(references)) == 2
    for reference in references:
        answer = client_of(jo).post(QUEUE + "find/", {"who": reference.lower().replace("-", " ")})
        assert answer.url == card(sent_twice)


def test_the_card_says_that_another_person_at_the_number_took_theirs_back(page_of, jo, make_request, now):
    other, stored = make_request(name="Ana"), make_request(name="Sam")
    standing.withdraw(other, now + datetime.timedelta(minutes=1))
    assert "Another person at this number took their own request back." in page_of(jo, card(stored))


def test_a_crisis_that_was_taken_back_is_read_but_shows_no_number(client_of, jo, make_request, now):
    stored, client = make_request("+12165550187", note="I want to die"), client_of(jo)
    standing.withdraw(stored, now)
    assert "Withdrawn by the client" in client.get(QUEUE + "?tab=look").content.decode()
    page = client.get(card(stored)).content.decode()
    assert "do not call" in page and "I want to die" in page
    assert "555-0187" not in page and "tel:" not in page.replace("tel:+12164804860", "")
    assert client.post(card(stored, "looked_at"), {"note": " "}).status_code == 409
    assert client.post(card(stored, "looked_at"), {"note": "The clinician was told."}).status_code == 302
    assert not CallbackRequest.objects.needing_a_look().exists()
    assert client.post(card(stored, "looked_at"), {"note": "again"}).status_code == 409


def test_what_staff_wrote_at_the_number_that_was_left_stands_on_the_new_card(client_of, jo, make_request):
    now = timezone.now()
    stored = make_request(at=now)
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.SOMEONE_ELSE, now, note="partner answers before five")
    moved = change(code_of(stored.versions.get()), now, phone="+12165550199").request
    client = client_of(jo)
    client.post(card(moved, "take"))
    page = client.get(card(moved)).content.decode()
    assert "partner answers before five" in page and "in place of an earlier one" in page
    assert moved.reference in client.get(card(stored)).content.decode()
