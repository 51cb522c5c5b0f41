"""Who has seen a request: for privacy and supervisors, by reference alone, deleted ones too, itself on the record."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intake import vault
from intake.admin import seen
from intake.models import CallbackRequest
from intake.words import Resolution
from reentry_site.record import chain
from reentry_site.record.chain import Line
from reentry_site.record.models import Entry
from tests.intake.conftest import (
    KEEPING,
    NUMBER,
    QUEUE,
    TUESDAY_10,
    card,
    change,
    code_of,
    on_record,
    recorded_by,
    words_of,
)

SECRETS = ("Rosalind", "marmalade", "0143", "private line")


@pytest.fixture(autouse=True)
def now(clock):
    """The pages read the clock themselves."""
    return clock.now


@pytest.fixture
def opened(client_of, jo, make_request, clock) -> CallbackRequest:
    """Opened by Jo at ten, taken at eleven."""
    stored, client = make_request(NUMBER, name="Rosalind", note="marmalade"), client_of(jo)
    client.get(card(stored))
    clock.now += datetime.timedelta(hours=1)
    client.post(card(stored, "take"))
    return stored


def ask(client, reference: str, **how):
    return client.post(KEEPING + "seen/", {"seen-reference": reference}, **how)


def lines(page) -> list[str]:
    return [f"{each.who}: {each.entry.what} {each.reference}".strip() for each in page.context["shown"]]


def test_from_a_reference_to_who_has_seen_it_the_newest_first(client_of, pat, opened):
    answer = ask(client_of(pat), f" {opened.reference.lower().replace('-', '')} ", follow=True)
    assert answer.redirect_chain == [(card(opened, "history"), 302)]
    assert "Tue, Mar 3, 2026, 11 a.m., Jo: Took the call" in words_of(answer)
    assert lines(answer) == ["Jo: Took the call", "Jo: Opened the call card"]
    assert not [each for each in SECRETS if each in answer.content.decode()]


def test_that_it_was_read_is_on_the_record_before_it_is_shown(client_of, pat, opened):
    client = client_of(pat)
    client.get(card(opened, "history"))
    assert on_record()[-1] == (opened.reference, "Read who has seen it")
    assert lines(client.get(card(opened, "history")))[0] == "Pat: Read who has seen it"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [("", "Type the reference."), *((each, "knows no request") for each in ("ABCD-2345", "x", "Rosalind", "\0"))],
)
def test_what_is_no_reference_is_told_and_kept(client_of, pat, opened, typed, fault):
    answer = ask(client_of(pat), typed)
    assert answer.status_code == 422
    assert fault in words_of(answer) or "Null characters" in words_of(answer)
    assert "Read who has seen it" not in dict(on_record()).values()


def test_a_deleted_request_is_still_answered_for_by_its_reference(client_of, pat, jo, opened, clock):
    opened.refresh_from_db()
    opened.close(jo, Resolution.DUPLICATE, clock.now, note="private line")
    CallbackRequest.objects.purge(TUESDAY_10 + datetime.timedelta(days=92), pat.pk)
    answer = ask(client_of(pat), opened.reference, follow=True)
    assert lines(answer) == ["Pat: Deleted: past keeping", "Jo: Took the call", "Jo: Opened the call card"]
    assert f"Who has seen {str(opened.pk)[:8]}" in words_of(answer)


def test_requests_of_one_who_gave_another_number_are_answered_for_together(client_of, pat, jo, make_request):
    first = make_request()
    second = change(code_of(first.versions.get()), phone="+12165550144").request
    for each in (first, second):
        client_of(jo).get(card(each))
    page = client_of(pat).get(card(first, "history"))
    what = "Jo: Opened the call card"
    assert lines(page) == [f"{what} {second.reference}", f"{what} {first.reference}"]
    assert [of for of, said in on_record() if said == seen.READ] == [
        each.reference for each in sorted((first, second), key=lambda each: each.pk)
    ]


def test_older_lines_are_a_page_further(client_of, ada, opened, monkeypatch):
    monkeypatch.setattr(seen, "MOST", 2)
    client = client_of(ada)
    client.get(card(opened, "history"))  # the third line
    first = client.get(card(opened, "history"))
    assert lines(first) == ["Ada: Read who has seen it", "Jo: Took the call"]
    older = client.get(card(opened, "history") + f"?before={first.context['older']}")
    assert lines(older) == ["Jo: Opened the call card"]
    assert older.context["older"] is None
    for odd in ("x", "0", "-1", "9" * 30, "٣"):
        assert client.get(card(opened, "history"), {"before": odd}).status_code == 200


def test_it_costs_the_same_for_one_line_and_for_ten(client_of, pat, jo, opened):
    counts = []
    for _ in range(2):
        client = client_of(pat)
        with CaptureQueriesContext(connection) as queries:
            client.get(card(opened, "history"))
        counts.append(len(queries))
        for _ in range(8):
            client_of(jo).get(card(opened))
    assert counts[0] == counts[1]


def test_a_colleague_who_got_the_call_is_named_and_stands_in_the_record_by_number_alone(
    client_of, ada, jo, tom, opened
):
    client_of(jo).post(card(opened, "hand_over"), {"to": tom.pk, "line": "She knows you."})
    assert "Jo: Handed the call over, to Tom" in words_of(client_of(ada).get(card(opened, "history")))
    assert not [each for each in Entry.objects.values_list("what", flat=True) if "tom" in each.lower()]


def test_a_supervisor_gets_there_from_the_card_and_a_caller_does_not(client_of, ada, jo, opened):
    there = f'href="{card(opened, "history")}"'
    assert there in client_of(ada).get(card(opened)).content.decode()
    assert there not in client_of(jo).get(card(opened)).content.decode()


@pytest.mark.parametrize("pk", ["nothing", "f47ac10b-58cc-4372-a567-0e02b2c3d479"])
def test_what_never_was_is_not_found(client_of, pat, pk):
    assert client_of(pat).get(f"{QUEUE}{pk}/history/").status_code == 404
    assert on_record() == []


def test_an_account_that_has_gone_keeps_its_number_and_nobody_is_the_site(client_of, pat, make_request):
    stored = make_request()
    chain.write([Line(12345, "Opened the call card", stored.pk), Line(None, "Deleted: past keeping", stored.pk)])
    assert lines(client_of(pat).get(card(stored, "history"))) == [
        "The site itself: Deleted: past keeping",
        "Account 12345: Opened the call card",
    ]


# Where the record takes no entry --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_without_the_records_key_the_desk_is_away_and_shows_nothing(client_of, jo, ada, pat, make_request, settings):
    stored = make_request(NUMBER, name="Rosalind", note="marmalade")
    stored.claim(jo, TUESDAY_10)
    period = {"from_day": "2026-03-01", "to_day": "2026-03-03", "reason": "audit"}
    for user, method, address, sent in (
        (jo, "get", card(stored), {}),
        (jo, "post", card(stored, "attempt"), {"outcome": "no_answer"}),
        (jo, "post", QUEUE + "find/", {"who": stored.reference}),
        (ada, "post", QUEUE + "export/", period),
        (ada, "get", card(stored, "history"), {}),
        (pat, "get", KEEPING, {}),
        (pat, "post", KEEPING + "hold/", {"reference": stored.reference, "reason": "legal"}),
    ):
        client = client_of(user)
        client.raise_request_exception = False
        good = settings.KEYS_DIR
        settings.KEYS_DIR = good / "gone"
        vault.forget_keys()
        answer = getattr(client, method)(address, sent)
        settings.KEYS_DIR = good
        vault.forget_keys()
        assert answer.status_code == 503, address
        page = answer.content.decode()
        assert "The desk is away for a moment" in page
        assert not [each for each in (*SECRETS, stored.reference) if each in page]
    stored.refresh_from_db()
    assert (stored.tries, stored.on_hold, stored.opened_at) == (0, False, None)
    assert recorded_by() == set()
