"""The client's way: one form, the same for everyone, and a thank-you that is only said when it is true."""

import io
import re
import zoneinfo

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from intake import forms, vault
from intake.answers import Answers
from intake.models import CallbackRequest
from reentry_site import facts
from reentry_site.facts import WEEKDAYS

ASK = "/callback/"


def post(client: Client, **data):
    return client.post(ASK, {"phone": "216 555 0143"} | data)


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=True)


def test_the_form_is_the_same_bytes_for_everyone_and_sets_no_cookie(client, db):
    first, second = client.get(ASK), Client(headers={"user-agent": "other"}).get(ASK + "?utm=1")
    assert first.content == second.content
    assert not first.cookies
    assert b"csrf" not in first.content


def test_a_sent_form_is_stored_and_thanked_by_a_redirect(client, db):
    answer = post(client)
    assert answer.status_code == 303
    stored = CallbackRequest.objects.get()
    page = client.get(answer.url)
    assert page.status_code == 200
    assert stored.reference in page.content.decode()
    assert not answer.cookies and not page.cookies


def test_the_thank_you_page_repeats_no_number_but_its_last_four_digits(client, db):
    page = client.get(post(client, phone="(216) 555-0187").url).content.decode()
    shown = re.sub(r"480.4860|\(216\) 480", "", page)
    assert "0187" in shown
    assert "555" not in shown
    assert "216" not in re.sub(r"tel:\+1216|\+12164804860", "", shown)


def test_no_address_or_title_tells_anything_of_the_person(client, db):
    answer = post(client, phone="216 555 0187", name="Rosalind", note="private words")
    page = client.get(answer.url).content.decode()
    title = re.search(r"<title>(.*?)</title>", page)[1]
    for secret in ("0187", "555", "Rosalind", "private"):
        assert secret not in answer.url
        assert secret not in title


@pytest.mark.parametrize(
    ("chosen", "if_missed", "if_heard"),
    [
        ({}, "We leave no message. We try again.", "We don’t say who we are."),
        ({"voicemail_ok": "on"}, "We may leave a voicemail. We send no text.", "We don’t say who we are."),
        ({"text_ok": "on"}, "We may send a text. We leave no voicemail.", "We don’t say who we are."),
        (
            {"voicemail_ok": "on", "text_ok": "on", "may_say_clinic_name": "yes"},
            "We may leave a voicemail or send a text.",
            "We may say “Tal Behavioral Health”.",
        ),
    ],
)
def test_choices_are_said_back_as_sentences(client, db, chosen, if_missed, if_heard):
    page = client.get(post(client, **chosen).url).content.decode()
    assert re.findall("<dd>(We .*)</dd>", page) == [if_missed, if_heard]


HOURS = "hours:\n" + "".join(f'  {day}: "0:00-23:59"\n' for day in WEEKDAYS)


@pytest.mark.parametrize(("lines", "promised"), [("", False), (HOURS, True), (f"{HOURS}time_zone: Asia/Tokyo\n", True)])
def test_the_promise_is_the_desks_and_is_made_only_where_the_clinic_gave_its_hours(
    client, db, clinic_with, lines, promised
):
    clinic_with(lines)
    page = client.get(post(client).url).content.decode()
    said = re.search(r"<dt>We call by</dt>\s*<dd>(.*)</dd>", page)
    assert bool(said) == promised
    if promised:
        call_by = CallbackRequest.objects.get().call_by.astimezone(zoneinfo.ZoneInfo(facts.current().time_zone))
        assert said[1] == date_format(call_by, "l, F j, P")
        assert said[1].endswith(", 9 p.m.")


def test_a_promise_that_has_passed_is_not_made_again(client, db, clinic_with):
    clinic_with(HOURS)
    url = post(client).url
    CallbackRequest.objects.update(call_by=timezone.now())
    assert "We call by" not in client.get(url).content.decode()


def test_the_thank_you_page_says_first_where_to_turn_in_danger(client, db):
    page = client.get(post(client).url).content.decode()
    assert 0 < page.find('<p class="urgent">In danger? Don’t wait for us.') < page.find("How we will call")


def test_the_thank_you_page_is_not_to_be_found_by_searching(client, db):
    page = client.get(post(client).url).content.decode()
    assert '<meta name="robots" content="noindex">' in page


def test_the_form_says_first_that_nobody_reads_it_right_away(client):
    page = client.get(ASK).content.decode()
    assert 0 < page.find("Nobody reads this form right away") < page.find("<form")


def test_the_browser_is_asked_to_keep_nothing_of_the_form(client):
    page = client.get(ASK).content.decode()
    assert re.search(r'<form class="ask"[^>]* autocomplete="off"', page)
    assert re.search(r'<textarea id="id_note"[^>]* autocomplete="off"', page)


def test_no_screen_reader_meets_the_trap(client):
    page = client.get(ASK).content.decode()
    assert re.search(
        r'<div class="trap" aria-hidden="true">\s*<label[^>]*>[^<]*</label>\s*<input id="id_website"', page
    )


def test_a_known_and_an_unknown_number_get_the_same_answer(client, db):
    def shape(answer):
        page = client.get(answer.url).content.decode()
        page = re.sub(r"[A-Z2-9]{4}-[A-Z2-9]{4}", "REFERENCE", page)
        return answer.status_code, re.sub(r"[0-9a-z]{4}-[0-9a-z]{5}-[0-9a-z]{4}", "CODE", page)

    unknown = shape(post(client))
    known = shape(post(client, note="once more"))
    assert unknown == known


def test_second_press_is_the_same_request_and_the_same_page(client, db):
    pages = {client.get(post(client, name="Sam").url).content for _ in range(3)}
    assert len(pages) == 1
    assert CallbackRequest.objects.count() == 1


def test_a_form_with_faults_answers_422_and_keeps_what_was_typed(client, db):
    answer = post(client, phone="216 555", name="Sam", note="my words", text_ok="on", may_say_clinic_name="yes")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("Enter a phone number with 10 digits") == 2  # in the summary and at the field
    assert '<a href="#id_phone">' in page
    assert "<title>Error:" in page
    for kept in ('value="216 555"', 'value="Sam"', "my words"):
        assert kept in page
    assert len(re.findall(r"<input[^>]* checked", page)) == 2
    assert not CallbackRequest.objects.exists()


@pytest.mark.parametrize("name", ["phone", "name", "note"])
def test_a_field_with_a_fault_says_so_to_a_screen_reader(client, name):
    page = post(client, phone="1", name="x" * 61, note="y" * 501).content.decode()
    field = re.search(rf'<(?:input|textarea) id="id_{name}"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in field
    assert re.search(rf'aria-describedby="[^"]*\b{name}-error"', field)
    assert f'id="{name}-error"' in page


def test_what_was_typed_is_never_markup(client, db):
    page = post(client, phone="<script>alert(1)</script>", note="</textarea><b>x").content.decode()
    assert "<script>alert" not in page
    assert "</textarea><b>" not in page


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_a_post_from_another_sites_page_is_shown_again_filled(client, db, headers):
    answer = client.post(ASK, {"phone": "216 555 0143", "name": "Sam"}, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was lost. Send it once more from this page." in page
    assert 'value="Sam"' in page
    assert not CallbackRequest.objects.exists()


def test_our_own_page_may_post(client, db):
    headers = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert client.post(ASK, {"phone": "216 555 0143"}, headers=headers).status_code == 303


def test_when_it_cannot_be_stored_nobody_is_thanked_and_nothing_typed_is_lost(client, db, settings, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_callbackrequest RENAME TO gone")
    settings.SPOOL_DIR = tmp_path / "none"
    answer = post(client, name="Sam", note="my words")
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "(216) 480-4860" in page
    assert "Glad you" not in page
    assert "<title>Not sent: " in page
    assert 'value="Sam"' in page and "my words" in page


def test_the_thank_you_address_ends(client, db, settings):
    url = post(client).url
    settings.RECEIVED_SECONDS = -1
    ended = client.get(url)
    assert ended.status_code == 410
    assert "This link has ended" in ended.content.decode()


@pytest.mark.parametrize(
    "token",
    ["x", "a" * 32 + ":b:c", signing.TimestampSigner(salt="received").sign("f" * 32)],
    ids=["no token", "not ours", "of no request"],
)
def test_an_unknown_or_changed_address_answers_like_an_ended_one(client, db, token, settings):
    url = post(client).url
    settings.RECEIVED_SECONDS = -1
    ended = client.get(url)
    settings.RECEIVED_SECONDS = 1800
    unknown = client.get(f"/callback/received/{token}/")
    assert (unknown.status_code, unknown.content) == (ended.status_code, ended.content)


def test_the_thanks_for_a_request_that_cannot_be_opened_show_nothing_of_it(client, db):
    url = post(client, name="Sam").url
    Answers.objects.update(sealed=b"damaged")
    page = client.get(url).content.decode()
    assert "Glad you’re here." in page and "Your request is safe with us" in page
    assert "Sam" not in page and "0143" not in page.replace("480-4860", "")


def test_the_trap_and_a_crisis_note_are_marked_not_refused(client, db):
    post(client, website="x", note="I want to die")
    stored = CallbackRequest.objects.get()
    assert (stored.needs_look, stored.crisis) == (True, True)


def test_nobody_is_told_that_we_call_once_the_request_is_closed(client, db):
    url = post(client).url
    closed = {"status": "closed", "resolution": "asked_not_to_call", "closed_at": timezone.now(), "next_try_at": None}
    CallbackRequest.objects.update(**closed)
    assert client.get(url).status_code == 410


@pytest.fixture
def no_keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    vault.forget_keys()
    yield
    vault.forget_keys()


def test_without_a_key_nobody_is_thanked_and_nothing_typed_is_lost(client, db, no_keys):
    answer = post(client, note="my words")
    assert (answer.status_code, "my words" in answer.content.decode()) == (503, True)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "x", "https://testserver.elsewhere.example"])
def test_an_odd_origin_is_another_site(client, db, origin):
    assert client.post(ASK, {"phone": "216 555 0143"}, headers={"origin": origin}).status_code == 422


def test_a_heavy_post_is_refused_before_it_is_read(client, db):
    heavy = client.post(ASK, f"phone=2165550143&note={'x' * 17_000}", "application/x-www-form-urlencoded")
    assert heavy.status_code == 413
    assert not CallbackRequest.objects.exists()


def test_text_that_takes_long_to_clean_is_measured_first(client, db, monkeypatch):
    """Marks in this order take seconds to bring into one form; the answer comes from their number alone."""
    monkeypatch.setattr(
        forms, "clean_text", lambda typed, lines: typed if len(typed) <= 2000 else pytest.fail("cleaned")
    )
    marks = "\u0301\u0323" * 1200
    for field in ("phone", "name", "note"):
        assert post(client, **{field: marks}).status_code == 422


def test_a_file_is_taken_nowhere(client, db):
    sent = client.post(ASK, {"phone": "216 555 0143", "note": SimpleUploadedFile("a.txt", b"x" * 100)})
    assert sent.status_code == 303
    assert CallbackRequest.objects.get().submission.note == ""
    assert not sent.wsgi_request.FILES


def test_other_methods_are_refused(client, db):
    assert client.put(ASK).status_code == 405


def test_half_a_form_is_not_taken_for_a_whole_one(client, db):
    """The network broke off; what is missing would count as skipped, and forbid what the whole form allows."""
    half = {"wsgi.input": io.BytesIO(b"phone=2165550143&voice"), "CONTENT_LENGTH": "42"}
    answer = client.post(ASK, content_type="application/x-www-form-urlencoded", **half)
    assert answer.status_code == 400
    assert not Answers.objects.exists()


@pytest.mark.parametrize("charset", ["base64", "hex", "rot13", "idna", "nowhere", "utf-7", "utf-16"])
def test_an_odd_charset_of_a_form_in_parts_is_refused_or_read(client, db, charset):
    body = b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n2165550143\r\n--x--\r\n'
    answer = client.generic("POST", ASK, body, f"multipart/form-data; boundary=x; charset={charset}")
    assert answer.status_code in {303, 400, 422}


def test_a_length_that_is_no_number_is_refused(client, db):
    assert client.post(ASK, {"phone": "216 555 0143"}, CONTENT_LENGTH="abc").status_code == 400


def test_without_the_look_up_key_the_thanks_say_that_they_cannot_be_opened(client, db, settings, tmp_path):
    url = post(client).url
    settings.KEYS_DIR = tmp_path
    vault.forget_keys()
    answer = client.get(url)
    vault.forget_keys()
    assert answer.status_code == 503
