"""The private link: its owner sees, changes and takes back the request, and nobody learns anything from a wrong one."""

import re

import pytest
from django.db import connection
from django.test import Client

from intake.answers import Answers
from intake.models import CallbackRequest
from intake.words import Resolution

YOURS = "/callback/yours/"


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def code(client, db):
    """The code on the thank-you page of a request by Sam."""
    return ask(client)


def ask(client, **sent) -> str:
    answer = client.post("/callback/", {"phone": "216 555 0143", "name": "Sam", "text_ok": "on"} | sent)
    return re.search(r'class="reference">([\w-]+)<', client.get(answer.url).content.decode())[1]


def press(client, code, step, **fields):
    return client.post(YOURS, {"code": code, "step": step} | fields)


def text(answer) -> str:
    return answer.content.decode()


def test_the_link_and_the_typed_code_show_the_same_request(client, code):
    by_link, typed = client.get(f"{YOURS}{code}/"), client.post(YOURS, {"code": code.upper().replace("-", " ")})
    for page in map(text, (by_link, typed)):
        assert "The one ending in 0143" in page
        assert "We may send a text. We leave no voicemail." in page
        assert "Sam" in page
        assert "555" not in re.sub(r"tel:\S+", "", page)
        assert re.search(r"<title>(.*?)</title>", page)[1].startswith("Request a call")
    assert not by_link.cookies and not typed.cookies
    assert by_link["Cache-Control"] == typed["Cache-Control"] == "no-store"


def test_pages_with_the_code_in_a_button_never_put_it_in_an_address(client, code):
    for page in (press(client, code, "show"), press(client, code, "change"), press(client, code, "cancel")):
        assert code in text(page)
        assert not re.search(rf'(?:href|action)="[^"]*{code}', text(page))


def test_unknown_ended_and_malformed_links_answer_alike(client, code):
    press(client, code, "cancel-now")
    CallbackRequest.objects.update(closed_at="2026-01-01T00:00Z")
    answers = [client.get(f"{YOURS}{each}/") for each in (code, "0000-00000-0000", "x", "é", "..")]
    answers += [press(client, each, "cancel-now") for each in (code, "0000-00000-0000")]
    assert {(each.status_code, each.content) for each in answers} == {(410, answers[0].content)}


def test_a_code_that_can_be_none_is_kept_and_said(client, db):
    answer = client.post(YOURS, {"code": "k7m2"})
    assert answer.status_code == 422
    assert 'value="k7m2"' in text(answer)
    assert "Check the code. It has 13 letters and numbers" in text(answer)


def test_cancel_asks_once_and_closes(client, code):
    assert "Cancel your request?" in text(press(client, code, "cancel"))
    assert CallbackRequest.objects.open().count() == 1
    assert "We will not call. The door stays open." in text(press(client, code, "cancel-now"))
    assert CallbackRequest.objects.get().resolution == Resolution.WITHDRAWN
    assert "The door stays open." in text(press(client, code, "cancel-now"))


def test_choices_and_times_are_changed_and_the_rest_stays(client, code):
    page = text(press(client, code, "change"))
    assert re.search(r'id="id_text_ok"[^>]* checked', page)
    saved = press(client, code, "save", voicemail_ok="on", may_say_clinic_name="yes", preferred_times="evening")
    assert "Saved." in text(saved) and "The one ending in 0143" in text(saved)
    sent = CallbackRequest.objects.get().submission
    assert (sent.name, sent.phone, sent.voicemail_ok, sent.text_ok) == ("Sam", "+12165550143", True, False)
    assert (sent.may_say_clinic_name, sent.preferred_times) == (True, ("evening",))
    assert client.get(f"{YOURS}{code}/").status_code == 200


def test_another_number_shows_a_new_code_and_ends_the_old_one(client, code):
    page = text(press(client, code, "save", phone="216 555 0199"))
    new = re.search(r'class="reference">([\w-]+)<', page)[1]
    assert new != code and "Your old code has ended." in page
    assert client.get(f"{YOURS}{code}/").status_code == 410
    assert "The one ending in 0199" in text(client.get(f"{YOURS}{new}/"))


def test_a_number_with_a_fault_changes_nothing_and_is_kept(client, code):
    answer = press(client, code, "save", phone="216 555")
    assert answer.status_code == 422
    assert 'value="216 555"' in text(answer) and "Enter a phone number with 10 digits" in text(answer)
    assert Answers.objects.count() == 1


def test_each_link_shows_its_own_version(client, code):
    other = ask(client, name="", note="by someone else")
    assert "Sam" in text(client.get(f"{YOURS}{code}/"))
    page = text(client.get(f"{YOURS}{other}/"))
    assert "Sam" not in page and "Nobody by name" in page
    assert CallbackRequest.objects.count() == 1


@pytest.mark.parametrize("step", ["save", "cancel-now"])
def test_another_sites_page_changes_nothing(client, code, step):
    answer = client.post(YOURS, {"code": code, "step": step}, headers={"sec-fetch-site": "cross-site"})
    assert "Your request" in text(answer)
    assert CallbackRequest.objects.open().count() == Answers.objects.count() == 1


def test_while_the_database_is_away_the_link_says_so_and_changes_nothing(client, code):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_privatecode RENAME TO away")
    answer = press(client, code, "cancel-now")
    assert (answer.status_code, "Nothing was changed" in text(answer)) == (503, True)
    assert "(216) 480-4860" in text(answer)


@pytest.mark.django_db(transaction=True)
def test_what_waits_in_the_spool_can_be_taken_back_at_once(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_callbackrequest RENAME TO away")
    code = ask(client)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO intake_callbackrequest")
    assert "The door stays open." in text(press(client, code, "cancel-now"))
    assert CallbackRequest.objects.get().resolution == Resolution.WITHDRAWN
