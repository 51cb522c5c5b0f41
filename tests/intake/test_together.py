"""Several requests at once: a supervisor sees number and effect first; what is held or unread is never among them."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.models import CallbackRequest
from intake.words import Resolution
from reentry_site.record.models import Entry
from tests.intake.conftest import CLOSINGS, QUEUE, TOGETHER, carried, on_record, said, staff, words_of
from tests.leaks import leaks


@pytest.fixture
def now():
    """The desk's pages read the clock themselves."""
    return timezone.now()


# Who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize("group", ["triage", "privacy", "editor", "operator", None])
def test_nobody_but_a_supervisor_may(client_of, make_opened, group, method):
    stored = make_opened()
    user = staff("Someone", *([group] if group else []))
    answer = getattr(client_of(user), method)(TOGETHER, {"do": "not_reached", "chosen": stored.pk, "sure": "yes"})
    assert answer.status_code == 403
    assert CallbackRequest.objects.get().status == "new"


def test_a_stranger_is_sent_to_sign_in(client, db):
    assert client.post(TOGETHER).url.startswith("/admin/login/")


def test_nothing_is_done_by_a_link_nor_without_its_token(client_of, ada, make_opened):
    stored = make_opened()
    sent = {"do": "not_reached", "chosen": f"{stored.pk} 0 1", "sure": "yes"}
    assert client_of(ada).get(TOGETHER, sent).url == QUEUE
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(TOGETHER, sent).status_code == 403
    assert strict.put(TOGETHER).status_code in {403, 405}
    assert CallbackRequest.objects.get().status == "new"


def test_only_a_supervisors_queue_has_boxes_each_with_its_name(page_of, jo, ada, make_request):
    stored = make_request(look=("trap",))
    address = QUEUE + "?tab=look"
    assert not re.search('type="checkbox"|With those chosen', page_of(jo, address))
    page = page_of(ada, address)
    assert re.findall(r'type="checkbox" form="together" name="chosen" value="([^"]+)"', page) == [str(stored.pk)]
    assert f'Choose <span class="nowrap">{stored.reference}</span>' in page


def test_a_list_where_nothing_can_be_done_has_no_boxes(page_of, ada, make_opened, now):
    closed = make_opened()
    closed.claim(ada, now)
    closed.close(ada, Resolution.DUPLICATE, now)
    for tab in ("closed", "mine"):
        assert not re.search('type="checkbox"|With those chosen', page_of(ada, f"{QUEUE}?tab={tab}"))


def test_a_supervisors_queue_costs_one_query_more_for_the_colleagues(client_of, ada, jo, tom, make_request):
    for number in range(3):
        make_request(f"+121655501{number:02}", look=("trap",))
    client = client_of(ada)
    client.get(QUEUE)  # notes in the session that somebody is there
    with CaptureQueriesContext(connection) as queries:
        client.get(QUEUE + "?tab=look")
    assert len(queries) == 18 + (connection.vendor == "postgresql")


# The page -----------------------------------------------------------------------------------------------------


def test_the_page_names_number_and_effect_and_does_nothing_yet(press_together, make_opened):
    stored = [make_opened(), make_opened(), make_opened()]
    page = press_together("not_reached", *stored)
    assert page.status_code == 200
    assert "3 requests will be closed as not reached" in words_of(page)
    assert "Nobody calls these people again unless they ask anew." in words_of(page)
    assert "Each can be taken back on its card for 10 minutes." in words_of(page)
    assert all(each.reference in words_of(page) for each in stored)
    assert carried(page) == [f"{each.pk} 0 1" for each in stored]
    assert {each.status for each in CallbackRequest.objects.all()} == {"new"}
    assert on_record() == []


def test_one_request_is_said_as_one(press_together, make_opened, tom):
    assert "1 request will be closed as not a request" in words_of(press_together("not_a_request", make_opened()))
    assert "1 request will be assigned to Tom" in words_of(press_together("assign", make_opened(), to=tom.pk))


@pytest.mark.parametrize("do", [*CLOSINGS, "assign"])
def test_the_page_lists_who_is_left_out_and_why(press_together, make_opened, make_request, tom, ada, now, do):
    free, held, mine, closed = (make_opened() for _ in range(4))
    unread = make_request("+12165550199")
    held.claim(tom, now)
    mine.claim(ada, now)
    closed.claim(tom, now)
    closed.close(tom, Resolution.DUPLICATE, now)

    page = press_together(do, free, held, mine, closed, unread, to=staff("Uma", "triage").pk)

    assert carried(page) == [f"{free.pk} 0 1", f"{mine.pk} 0 1"]
    for stored, why in ((held, "Tom has it"), (unread, "nobody has opened it"), (closed, "closed already")):
        assert f"{stored.reference}: {why}" in words_of(page)


def test_one_that_may_be_in_crisis_or_talked_with_us_is_given_to_a_colleague_and_never_closed(
    press_together, make_opened, tom, ada, now
):
    crisis, talked = make_opened(crisis=True), make_opened(status="reached")
    for do in CLOSINGS:
        page = press_together(do, crisis, talked)
        assert page.status_code == 409
        assert carried(page) == []
        assert f"{crisis.reference}: may be in crisis: close it on its own card" in words_of(page)
        assert f"{talked.reference}: somebody talked with them: close it on its own card" in words_of(page)
        press_together(do, f"{crisis.pk} 0 1", f"{talked.pk} 0 1", sure="yes")
    assert not CallbackRequest.objects.filter(status="closed").exists()
    assert len(carried(press_together("assign", crisis, talked, to=tom.pk))) == 2


def test_one_whose_number_somebody_is_calling_is_left_out(press_together, make_request, tom, ada, now):
    sam, ana = make_request(name="Sam"), make_request(name="Ana")
    CallbackRequest.objects.update(opened_at=now)
    ana.claim(tom, now)
    assert f"{sam.reference}: Tom has this number now" in words_of(press_together("not_reached", sam))
    # It is the same phone, and the same colleague.
    assert carried(press_together("assign", sam, to=tom.pk)) == [f"{sam.pk} 0 1"]


# What shows ---------------------------------------------------------------------------------------------------


def test_no_name_number_or_note_stands_on_the_page_or_in_the_record(press_together, make_opened, make_request, tom):
    unread = make_request("+12165550187", name="Quillon", note="zebra lighthouse marmalade")
    stored = make_request("+12165550143", name="Quillon", note="zebra lighthouse marmalade")
    CallbackRequest.objects.filter(pk=stored.pk).update(opened_at=stored.asked_at)
    page = press_together("assign", stored, unread, to=tom.pk)
    done = press_together("assign", *carried(page), to=tom.pk, sure="yes")
    record = repr(list(Entry.objects.values())).encode()
    leavings = {"page": page.content, "message": "".join(said(done)).encode(), "record": record}
    assert leaks(("Quillon", "zebra lighthouse marmalade", "+12165550187", "+12165550143"), leavings) == set()
