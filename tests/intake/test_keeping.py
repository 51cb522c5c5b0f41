"""Keeping and forgetting: for who looks after privacy alone, by reference alone, and all of it on the record."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from intake import heartbeat, traces, vault
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from reentry_site.record.chain import NotWritten
from tests.intake.conftest import KEEPING, TUESDAY_10, change, code_of, on_record, recorded_by

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_a_tuesday(clock):
    """The page reads the clock itself."""


@pytest.fixture
def closed(make_request, jo):
    """Makes a request that is closed on TUESDAY_10."""

    def close(resolution=Resolution.DUPLICATE, **sent) -> CallbackRequest:
        request = make_request(**sent)
        request.claim(jo, TUESDAY_10)
        request.close(jo, resolution, TUESDAY_10, note="private line")
        return request

    return close


def record() -> list[tuple[str, str]]:
    """What of whom, the oldest first; looking at the page left out."""
    return [(of, what) for of, what in on_record() if not what.startswith("Opened")]


def put_on_hold(client, reference: str, reason="records"):
    return client.post(KEEPING + "hold/", {"reference": reference, "reason": reason})


# What it shows ------------------------------------------------------------------------------------------------


def test_it_shows_references_and_numbers_and_nothing_that_was_sent(client_of, pat, jo, closed, make_request, clock):
    request = closed(name="Rosalind", note="marmalade")
    stops = make_request("+12165550187")
    stops.claim(jo, TUESDAY_10)
    stops.record_attempt(jo, Outcome.ASKED_TO_STOP, TUESDAY_10)
    put_on_hold(client_of(pat), request.reference, "legal")
    clock.now += 85 * DAY

    answer = client_of(pat).get(KEEPING)

    page = answer.content.decode()
    assert f"<strong>{request.reference}</strong> Legal hold" in page
    assert "Since Tue, Mar 3, 2026, 10 a.m., Pat" in page
    for private in ("Rosalind", "marmalade", "private line", "0143", "0187", "Duplicate", stops.reference):
        assert private not in page
    shown = {name: answer.context[name] for name in ("closed", "coming", "stopped")}
    assert shown == {"closed": 2, "coming": 1, "stopped": 1}
    assert answer.context["outlook"].going == 0


def test_looking_is_on_the_record_too(page_of, pat):
    page_of(pat, KEEPING)
    assert (on_record(), recorded_by()) == ([("", "Opened keeping and forgetting")], {pat.pk})


def test_it_says_when_nothing_is_deleted_by_itself(page_of, pat, settings):
    words = "Nothing is deleted by itself at the moment"
    assert words not in page_of(pat, KEEPING)
    (settings.DATA_DIR / heartbeat.FILE).unlink()
    assert words in page_of(pat, KEEPING)


def test_a_hold_that_the_record_does_not_know_is_shown_without_a_day(page_of, pat, make_request):
    request = make_request()
    CallbackRequest.objects.update(on_hold=True)
    page = page_of(pat, KEEPING)
    assert request.reference in page
    assert "The record does not say since when." in page


def test_it_costs_the_same_with_one_hold_and_with_three(client_of, pat, make_request):
    client, counts = client_of(pat), []
    for names in (("Ana",), ("Bo", "Cy")):
        for name in names:
            put_on_hold(client, make_request(name=name).reference)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(KEEPING)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Holding ------------------------------------------------------------------------------------------------------


def test_a_hold_keeps_a_request_past_its_days_until_it_is_lifted(client_of, pat, closed):
    request, client, later = closed(), client_of(pat), TUESDAY_10 + 91 * DAY
    assert put_on_hold(client, request.reference).url == KEEPING
    assert CallbackRequest.objects.purge(later) == 0

    assert client.post(f"{KEEPING}{request.pk}/lift/").url == KEEPING

    assert record() == [
        (request.reference, "Put on hold: Records request"),
        (request.reference, "Lifted the hold"),
    ]
    assert CallbackRequest.objects.purge(later) == 1


def test_a_hold_on_an_open_request_counts_once_it_is_closed(client_of, pat, jo, make_request):
    request = make_request()
    put_on_hold(client_of(pat), request.reference)
    request.refresh_from_db()
    request.claim(jo, TUESDAY_10)
    request.close(jo, Resolution.CAME_BACK, TUESDAY_10)
    assert CallbackRequest.objects.purge(TUESDAY_10 + 1000 * DAY) == 0


def test_a_reference_is_taken_in_any_case_with_or_without_its_hyphen(client_of, pat, make_request):
    request = make_request()
    put_on_hold(client_of(pat), f" {request.reference.lower().replace('-', '')} ")
    request.refresh_from_db()
    assert request.on_hold


@pytest.mark.parametrize("quoted", [0, 1, 2])
def test_requests_of_one_who_gave_other_numbers_are_held_together(client_of, pat, make_request, quoted):
    """Whichever reference they wrote down."""
    moved, _ = [make_request("+12165550101")], make_request("+12165550109")
    for phone in ("+12165550102", "+12165550103"):
        moved.append(change(code_of(moved[-1].versions.get()), phone=phone).request)
    put_on_hold(client_of(pat), moved[quoted].reference)
    assert set(CallbackRequest.objects.on_hold()) == set(moved)


@pytest.mark.parametrize(
    ("reference", "reason", "fault"),
    [
        ("ABCD-2345", "legal", "No request has this reference."),
        ("nonsense", "legal", "No request has this reference."),
        ("+1 216 555 0143", "legal", "No request has this reference."),
        ("", "legal", "Type the reference."),
        ("{own}", "", "Pick why it is kept."),
        ("{own}", "because", "is not one of the available choices"),
    ],
)
def test_a_fault_keeps_what_was_typed_and_holds_nothing(client_of, pat, make_request, reference, reason, fault):
    reference = reference.format(own=make_request().reference)
    answer = put_on_hold(client_of(pat), reference, reason)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert fault in page
    assert f'value="{reference}"' in page
    assert ('value="legal" selected' in page) == (reason == "legal")
    assert not CallbackRequest.objects.on_hold().exists()
    assert record() == []


def test_what_is_on_hold_already_is_told_and_written_once(client_of, pat, make_request):
    request, client = make_request(), client_of(pat)
    put_on_hold(client, request.reference)
    answer = put_on_hold(client, request.reference, "legal")
    assert answer.status_code == 422
    assert f"{request.reference} is on hold already" in answer.content.decode()
    assert record() == [(request.reference, "Put on hold: Records request")]


def test_a_hold_that_was_lifted_meanwhile_is_told(client_of, pat, make_request):
    request = make_request()
    page = client_of(pat).post(f"{KEEPING}{request.pk}/lift/", follow=True).content.decode()
    assert f"{request.reference} is on hold no longer." in page
    assert record() == []


@pytest.mark.django_db(transaction=True)
def test_where_the_record_cannot_be_written_nothing_is_held_or_deleted(client_of, pat, closed, clock, monkeypatch):
    request, held = closed(), closed()
    put_on_hold(client_of(pat), held.reference)
    clock.now += 91 * DAY
    client = client_of(pat)
    client.get(f"{KEEPING}{held.pk}/lift/")  # a link lifts nothing

    def fail(*args):
        raise vault.CannotSeal

    monkeypatch.setattr(vault, "derived", fail)
    for address, sent in (
        ("hold/", {"reference": request.reference, "reason": "legal"}),
        (f"{held.pk}/lift/", {}),
        ("delete/", {"number": "1"}),
    ):
        with pytest.raises(NotWritten):
            client.post(KEEPING + address, sent)
    assert dict(CallbackRequest.objects.values_list("pk", "on_hold")) == {request.pk: False, held.pk: True}


# Deleting now -------------------------------------------------------------------------------------------------


def test_deleting_names_number_and_effect_first_and_goes_on_the_record(client_of, pat, closed, clock, settings):
    going, spam, held = closed(name="A"), closed(Resolution.NOT_A_REQUEST, name="B"), closed(name="C")
    put_on_hold(client_of(pat), held.reference)
    clock.now += 91 * DAY
    client = client_of(pat)
    assert f'href="{KEEPING}delete/"' in client.get(KEEPING).content.decode()

    page = client.get(KEEPING + "delete/").content.decode()
    assert "<strong>2 requests</strong> will be deleted now, with every note, try and visit." in page
    assert "1 on hold" in page
    assert CallbackRequest.objects.count() == 3

    answer = client.post(KEEPING + "delete/", {"number": "2"}, follow=True)
    assert answer.redirect_chain == [(KEEPING, 302)]
    assert "2 requests are deleted." in answer.content.decode()
    day = date_format(timezone.localtime(clock.now), "D, M j, Y, P")
    assert f"Last deleted by hand: {day}, Pat" in answer.content.decode()
    assert list(CallbackRequest.objects.all()) == [held]
    _, act, *each = record()
    assert act == ("", "Deleted what is past keeping: 2")
    assert set(each) == {(str(of.pk)[:8], "Deleted: past keeping") for of in (going, spam)}
    assert recorded_by() == {pat.pk}
    assert (settings.DATA_DIR / traces.FILE).exists()  # the sweeper wipes what the database left of them
    assert {going.pk, spam.pk}.isdisjoint(CallbackRequest.objects.values_list("pk", flat=True))


def test_when_another_number_would_go_than_was_agreed_it_asks_again(client_of, pat, closed, clock):
    closed(name="A"), closed(name="B")
    clock.now += 91 * DAY
    answer = client_of(pat).post(KEEPING + "delete/", {"number": "1"})
    assert answer.status_code == 409
    assert "Nothing was deleted" in answer.content.decode()
    assert CallbackRequest.objects.count() == 2
    assert record() == []


def test_where_nothing_is_past_keeping_there_is_nothing_to_press(client_of, pat, closed):
    closed()
    client = client_of(pat)
    assert "delete/" not in client.get(KEEPING).content.decode()
    page = client.get(KEEPING + "delete/").content.decode()
    assert "Nothing is past keeping now." in page
    assert "<button" not in page.partition('id="content"')[2]
    assert client.post(KEEPING + "delete/", {"number": "0"}).status_code == 409
