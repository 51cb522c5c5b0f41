"""Who has a call: held by the open card, kept while one types, handed over, freed. As the buttons of the card do it."""

import datetime

import pytest
from django.utils import timezone

from intake.attempts import Draft, StaffNote
from intake.models import CallbackRequest
from reentry_site.record.models import Entry
from tests.intake.conftest import QUEUE, card, staff

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def sue(db):
    return staff("Sue", "triage", "supervisor")


@pytest.fixture
def held(clock, make_request, jo):
    stored = make_request("+12165550187", name="Sam")
    stored.claim(jo, clock.now)
    return stored


def fresh(stored: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=stored.pk)


# The heartbeat ------------------------------------------------------------------------------------------------


def test_an_open_card_holds_the_call_for_an_hour_and_no_longer(client_of, jo, held, clock):
    client, began, answers = client_of(jo), clock.now, []
    for minutes in range(5, 75, 5):
        clock.now = began + minutes * MINUTE
        answers.append(client.post(card(held, "hold")).status_code)
    assert answers == [200] * 11 + [409] * 3  # until 55 minutes; at 60 it has ended
    assert fresh(held).claimed_until == began + 60 * MINUTE


def test_a_press_holds_it_longer_than_the_hour(client_of, jo, held, clock):
    clock.now += 50 * MINUTE
    client_of(jo).post(card(held, "take"))
    clock.now += 19 * MINUTE
    assert client_of(jo).post(card(held, "hold")).status_code == 200


def test_the_heartbeat_of_another_holds_nothing(client_of, jo, tom, held, clock):
    clock.now += 5 * MINUTE
    assert client_of(tom).post(card(held, "hold")).status_code == 409
    assert fresh(held).claimed_by == jo
    assert fresh(held).claimed_until == clock.now + 15 * MINUTE


def test_the_heartbeat_takes_back_nothing_that_ran_out(client_of, jo, held, clock):
    clock.now += 20 * MINUTE
    assert client_of(jo).post(card(held, "hold")).status_code == 409


def test_the_heartbeat_renews_the_sign_in(client_of, jo, held, settings, clock):
    client = client_of(jo)
    client.post(card(held, "hold"))
    assert client.cookies[settings.SESSION_COOKIE_NAME].value  # sent again


def test_the_heartbeat_makes_no_card_old(client_of, jo, held):
    seen = {"acts": held.acts, "times_sent": held.times_sent}
    client_of(jo).post(card(held, "hold"))
    assert client_of(jo).post(card(held, "attempt"), seen | {"outcome": "no_answer"}).status_code == 302


# What is half written -----------------------------------------------------------------------------------------


def test_what_is_typed_is_there_again_after_a_lost_page_for_its_writer_alone(client_of, jo, tom, held, clock):
    client_of(jo).post(card(held, "hold"), {"note": "home after\r\nfive"})
    assert "home after\nfive</textarea>" in client_of(jo).get(card(held)).content.decode()
    assert b"home after" not in bytes(Draft.objects.get().sealed)
    fresh(held).release(jo, clock.now)
    fresh(held).claim(tom, clock.now)
    assert "home after" not in client_of(tom).get(card(held)).content.decode()


def test_of_a_draft_4000_letters_are_kept(client_of, jo, held):
    client_of(jo).post(card(held, "hold"), {"note": "x" * 5000})
    assert Draft.of(held, jo) == "x" * 4000


def test_a_draft_is_gone_once_it_is_saved_or_wiped(client_of, jo, held):
    client = client_of(jo)
    client.post(card(held, "hold"), {"note": "home after five"})
    client.post(card(held, "hold"), {"note": ""})
    assert not Draft.objects.exists()
    client.post(card(held, "hold"), {"note": "home after five"})
    client.post(card(held, "attempt"), {"outcome": "no_answer", "note": "home after six"})
    assert not Draft.objects.exists()
    assert [note.text for note in StaffNote.objects.all()] == ["home after six"]


def test_a_draft_outlives_the_claim(client_of, jo, held, clock):
    clock.now += 30 * MINUTE
    assert client_of(jo).post(card(held, "hold"), {"note": "long words"}).status_code == 409
    assert Draft.of(held, jo) == "long words"


def test_without_scripts_still_on_the_call_keeps_what_is_typed(client_of, jo, held):
    page = client_of(jo).post(card(held, "take"), {"note": "half a line", "later": "2026-03-05T10:00"})
    assert "half a line" in page.content.decode()
    assert "2026-03-05T10:00" in page.content.decode()
    assert Draft.of(held, jo) == "half a line"


# Handing over, freeing ----------------------------------------------------------------------------------------


def test_it_is_handed_over_with_a_line(client_of, jo, tom, held):
    answer = client_of(jo).post(card(held, "hand_over"), {"to": tom.pk, "line": "She knows you."})
    assert answer.status_code == 302
    assert fresh(held).claimed_by == tom
    assert "To Tom: She knows you." in client_of(tom).get(card(held)).content.decode()
    line = Entry.objects.get(what="Handed the call over")
    assert (line.who, line.request, line.about_user) == (jo.pk, held.pk, tom.pk)


@pytest.mark.parametrize("line", ["", "  "])
def test_it_is_not_handed_over_without_a_line(client_of, jo, tom, held, line):
    answer = client_of(jo).post(card(held, "hand_over"), {"to": tom.pk, "line": line})
    assert "Write a line for your colleague" in answer.content.decode()
    assert fresh(held).claimed_by == jo


@pytest.mark.parametrize("to", ["", "0", "x", "9" * 40, "-1", "²"])
def test_it_is_handed_to_nobody_who_is_not_there(client_of, jo, tom, held, to):
    answer = client_of(jo).post(card(held, "hand_over"), {"to": to, "line": "Please."})
    assert answer.status_code == 409
    assert "Please." in answer.content.decode()
    assert fresh(held).claimed_by == jo


def test_it_is_handed_to_nobody_who_may_not_call_or_has_left(client_of, jo, tom, held):
    editor = staff("Ed", "editor")
    tom.is_active = False
    tom.save()
    for other in (editor, tom, jo):
        assert client_of(jo).post(card(held, "hand_over"), {"to": other.pk, "line": "x"}).status_code == 409
    assert fresh(held).claimed_by == jo


def test_a_supervisor_frees_and_hands_over_what_others_hold_and_nobody_else_does(client_of, jo, tom, sue, held, clock):
    assert client_of(tom).post(card(held, "release")).status_code == 409
    assert client_of(tom).post(card(held, "hand_over"), {"to": sue.pk, "line": "x"}).status_code == 409
    assert fresh(held).claimed_by == jo
    client_of(sue).post(card(held, "hand_over"), {"to": tom.pk, "line": "Jo is ill."})
    assert fresh(held).claimed_by == tom
    client_of(sue).post(card(held, "release"))
    assert fresh(held).claimed_by is None


def test_an_account_that_is_switched_off_holds_nothing(client_of, jo, tom, held, page_of):
    jo.is_active = False
    jo.save()
    assert f"{held.reference}" in page_of(tom, QUEUE)
    client_of(tom).post(card(held, "take"))
    assert fresh(held).claimed_by == tom


def test_one_who_was_switched_off_saves_nothing(jo, held, clock):
    jo.is_active = False
    jo.save()
    assert fresh(held).holder(clock.now) is None


def test_the_second_reads_who_has_it(client_of, tom, held):
    answer = client_of(tom).post(card(held, "take"))
    assert answer.status_code == 409
    assert "Jo has this call now." in answer.content.decode()


def test_a_claim_frees_itself(client_of, tom, held, clock):
    clock.now += 20 * MINUTE
    assert client_of(tom).post(card(held, "take")).status_code == 302
    assert fresh(held).claimed_by == tom


def test_now_is_the_clock_of_these_tests(clock):
    clock.now += MINUTE
    assert timezone.now() == clock.now
