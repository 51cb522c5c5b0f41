"""Several requests at once: a supervisor sees number and effect first; what is held or unread is never among them."""

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.admin import together
from intake.attempts import StaffNote
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from tests.intake.conftest import QUEUE, at_once, card, staff
from tests.leaks import leaks

TOGETHER = QUEUE + "together/"
CLOSINGS = {"not_reached": Resolution.NOT_REACHED, "not_a_request": Resolution.NOT_A_REQUEST}


@pytest.fixture
def now():
    """The desk's pages read the clock themselves."""
    return timezone.now()


@pytest.fixture
def ada(db):
    return staff("Ada", "supervisor")


@pytest.fixture
def press(client_of, ada):
    """What the supervisor gets who presses `do` with these chosen; keywords are further fields."""
    client = client_of(ada)
    return lambda do, *chosen, **fields: client.post(
        TOGETHER, {"do": do, "chosen": [getattr(each, "pk", each) for each in chosen]} | fields
    )


@pytest.fixture
def make_opened(make_request, now):
    """Requests at numbers of their own, whose cards somebody opened."""
    made = iter(range(100))

    def make(**kept) -> CallbackRequest:
        stored = make_request(f"+121655501{next(made):02}", note="private words", name="Rosalind")
        CallbackRequest.objects.filter(pk=stored.pk).update(opened_at=now, **kept)
        return CallbackRequest.objects.get(pk=stored.pk)

    return make


def carried(page) -> list[str]:
    """What the page would send on: each request and how it stood."""
    return re.findall(r'name="chosen" value="([^"]+ [^"]+)"', page.content.decode())


def words_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.content.decode())).replace("&#x27;", "'")


def said(page) -> list[str]:
    return [str(each) for each in get_messages(page.wsgi_request)]


def lines() -> list[tuple[str, str]]:
    return sorted(LogEntry.objects.values_list("object_repr", "change_message"))


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
    with CaptureQueriesContext(connection) as queries:
        client.get(QUEUE + "?tab=look")
    assert len(queries) == 13


# The page -----------------------------------------------------------------------------------------------------


def test_the_page_names_number_and_effect_and_does_nothing_yet(press, make_opened):
    stored = [make_opened(), make_opened(), make_opened()]
    page = press("not_reached", *stored)
    assert page.status_code == 200
    assert "3 requests will be closed as not reached" in words_of(page)
    assert "Nobody calls these people again unless they ask anew." in words_of(page)
    assert "Each can be taken back on its card for 10 minutes." in words_of(page)
    assert all(each.reference in words_of(page) for each in stored)
    assert carried(page) == [f"{each.pk} 0 1" for each in stored]
    assert {each.status for each in CallbackRequest.objects.all()} == {"new"}
    assert lines() == []


def test_one_request_is_said_as_one(press, make_opened, tom):
    assert "1 request will be closed as not a request" in words_of(press("not_a_request", make_opened()))
    assert "1 request will be assigned to Tom" in words_of(press("assign", make_opened(), to=tom.pk))


@pytest.mark.parametrize("do", [*CLOSINGS, "assign"])
def test_the_page_lists_who_is_left_out_and_why(press, make_opened, make_request, tom, ada, now, do):
    free, held, mine, closed = (make_opened() for _ in range(4))
    unread = make_request("+12165550199")
    held.claim(tom, now)
    mine.claim(ada, now)
    closed.claim(tom, now)
    closed.close(tom, Resolution.DUPLICATE, now)

    page = press(do, free, held, mine, closed, unread, to=staff("Uma", "triage").pk)

    assert carried(page) == [f"{free.pk} 0 1", f"{mine.pk} 0 1"]
    for stored, why in ((held, "Tom has it"), (unread, "nobody has opened it"), (closed, "closed already")):
        assert f"{stored.reference}: {why}" in words_of(page)


def test_one_that_may_be_in_crisis_or_talked_with_us_is_given_to_a_colleague_and_never_closed(
    press, make_opened, tom, ada, now
):
    crisis, talked = make_opened(crisis=True), make_opened(status="reached")
    for do in CLOSINGS:
        page = press(do, crisis, talked)
        assert page.status_code == 409
        assert carried(page) == []
        assert f"{crisis.reference}: may be in crisis: close it on its own card" in words_of(page)
        assert f"{talked.reference}: somebody talked with them: close it on its own card" in words_of(page)
        press(do, f"{crisis.pk} 0 1", f"{talked.pk} 0 1", sure="yes")
    assert not CallbackRequest.objects.filter(status="closed").exists()
    assert len(carried(press("assign", crisis, talked, to=tom.pk))) == 2


def test_one_whose_number_somebody_is_calling_is_left_out(press, make_request, tom, ada, now):
    sam, ana = make_request(name="Sam"), make_request(name="Ana")
    CallbackRequest.objects.update(opened_at=now)
    ana.claim(tom, now)
    assert f"{sam.reference}: Tom has this number now" in words_of(press("not_reached", sam))
    assert carried(press("assign", sam, to=tom.pk)) == [f"{sam.pk} 0 1"]  # it is the same phone, and the same person


# What is done -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("do", CLOSINGS)
def test_what_is_confirmed_is_closed_and_each_is_on_the_record(press, make_opened, ada, do):
    stored = [make_opened(), make_opened()]
    done = press(do, *carried(press(do, *stored)), sure="yes", tab="look")
    assert (done.status_code, done.url) == (302, QUEUE + "?tab=look")
    label = CLOSINGS[do].label
    assert said(done) == [f"2 requests closed as {label.lower()}."]
    assert {(each.status, each.resolution, each.claimed_by) for each in CallbackRequest.objects.all()} == {
        ("closed", CLOSINGS[do], None)
    }
    assert lines() == sorted((each.reference, f"Closed together with others: {label}") for each in stored)
    assert {line.user for line in LogEntry.objects.all()} == {ada}


def test_what_was_closed_can_be_undone_on_its_card(press, client_of, make_opened, ada):
    stored = make_opened()
    press("not_reached", *carried(press("not_reached", stored)), sure="yes")
    client_of(ada).post(card(stored, "undo_last"))
    assert CallbackRequest.objects.get().status == "new"


def test_what_is_assigned_is_held_by_the_colleague_with_a_line(press, make_opened, tom, ada, now):
    stored = make_opened()
    done = press("assign", *carried(press("assign", stored, to=tom.pk)), to=tom.pk, sure="yes")
    assert said(done) == ["1 request assigned to Tom."]
    stored.refresh_from_db()
    assert stored.holder(timezone.now()) == tom
    assert StaffNote.objects.get().text == "To Tom: Assigned to you"
    assert lines() == [(stored.reference, "Assigned to Tom together with others")]


@pytest.mark.parametrize("do", [*CLOSINGS, "assign"])
def test_a_second_press_does_nothing_more(press, make_opened, tom, do):
    chosen = carried(press(do, make_opened(), make_opened(), to=tom.pk))
    press(do, *chosen, to=tom.pk, sure="yes")
    before = lines()
    again = press(do, *chosen, to=tom.pk, sure="yes")
    assert said(again)[-1].endswith(f"2 left out: {'Tom has it' if do == 'assign' else 'closed already'}.")
    assert lines() == before


@pytest.mark.parametrize("do", [*CLOSINGS, "assign"])
def test_what_changed_since_the_page_is_left_out_and_the_others_are_done(
    press, make_opened, make_request, jo, tom, now, do
):
    free, taken, changed, tried, gone = (make_opened() for _ in range(5))
    chosen = carried(press(do, free, taken, changed, tried, gone, to=tom.pk))
    taken.claim(jo, now)
    make_request(changed.submission.phone, name="Rosalind", note="I am well", at=now + datetime.timedelta(minutes=20))
    tried.claim(jo, now)
    tried.record_attempt(jo, Outcome.NO_ANSWER, now)
    gone.versions.all().delete()
    CallbackRequest.objects.filter(pk=gone.pk).delete()

    done = press(do, *chosen, to=tom.pk, sure="yes")

    assert [line[0] for line in lines()] == [free.reference]
    assert said(done)[0].split(". ", 1)[1].rstrip(".").split(". ") == [
        "1 left out: Jo has it",
        "2 left out: something changed meanwhile",
        "1 left out: not here any more",
    ]


def test_one_that_cannot_be_done_undoes_no_other(press, make_opened, monkeypatch):
    """Refused by the verb itself, at the last moment."""
    stored = [make_opened() for _ in range(3)]
    close = CallbackRequest.close

    def close_but_the_second(self, *args, **named):
        close(self, *args, **named)
        if self.pk == stored[1].pk:
            raise together.Refused("Not this one.")

    monkeypatch.setattr(CallbackRequest, "close", close_but_the_second)
    done = press("not_reached", *carried(press("not_reached", *stored)), sure="yes")
    assert said(done) == ["2 requests closed as not reached. 1 left out: Not this one."]
    assert [CallbackRequest.objects.get(pk=each.pk).status for each in stored] == ["closed", "new", "closed"]
    assert CallbackRequest.objects.get(pk=stored[1].pk).claimed_by is None
    assert len(lines()) == 2


def test_where_the_record_cannot_be_written_nothing_is_done(press, make_opened):
    stored = [make_opened(), make_opened()]
    chosen = carried(press("not_reached", *stored))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_admin_log RENAME TO gone")
    with pytest.raises(Exception, match="django_admin_log"):
        press("not_reached", *chosen, sure="yes")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO django_admin_log")
    assert {each.status for each in CallbackRequest.objects.all()} == {"new"}


@pytest.mark.django_db(transaction=True)
def test_a_call_that_is_taken_in_the_same_moment_is_never_taken_away(press, make_opened, jo, tom, now):
    def take(stored: CallbackRequest) -> bool:
        try:
            stored.claim(jo, now)
        except together.Refused:
            return False
        return True

    for _ in range(5):
        stored = make_opened()
        chosen = carried(press("assign", stored, to=tom.pk))
        was_taken, _ = at_once(lambda: take(stored), lambda: press("assign", *chosen, to=tom.pk, sure="yes"))  # noqa: B023
        stored.refresh_from_db()
        assert stored.holder(now) == (jo if was_taken else tom)


# What is refused ----------------------------------------------------------------------------------------------


def test_200_are_taken_and_201_are_refused_whole(press, make_opened):
    stored = make_opened()
    others = [f"00000000-0000-4000-8000-{number:012}" for number in range(200)]
    page = press("not_reached", stored, *others, sure="yes")
    assert page.status_code == 422
    assert "Choose 200 requests or fewer at a time. Nothing was done." in words_of(page)
    page = press("not_reached", stored, *others[1:])
    assert page.status_code == 200
    assert "199 of those chosen are not here any more" in words_of(page)


@pytest.mark.parametrize("sure", [{}, {"sure": "yes"}])
@pytest.mark.parametrize(
    "chosen",
    [[], ["x"], ["\0"], [""], ["1" * 5000], ["' OR 1=1 --"], ["00000000-0000-4000-8000-000000000000 ٣ -1"] * 3],
)
@pytest.mark.parametrize("do", ["not_reached", "assign", "", "x", "\0"])
def test_odd_input_is_answered_in_words(press, make_opened, tom, do, chosen, sure):
    make_opened()
    page = press(do, *chosen, to=tom.pk, **sure)
    assert page.status_code in {302, 409, 422}
    assert CallbackRequest.objects.get().status == "new"
    assert lines() == []


def test_one_chosen_twice_counts_once(press, make_opened):
    stored = make_opened()
    page = press("not_reached", stored, stored, str(stored.pk).upper(), stored.pk.hex)
    assert "1 request will be closed" in words_of(page)
    done = press("not_reached", *carried(page) * 2, sure="yes")
    assert said(done) == ["1 request closed as not reached."]


@pytest.mark.parametrize("to", ["", "0", "x", "9" * 30, "٣", "\0"])
def test_without_a_colleague_the_page_asks_for_one_and_keeps_what_was_chosen(press, make_opened, tom, to):
    stored = make_opened()
    page = press("assign", stored, to=to, sure="yes")
    assert page.status_code == 422
    assert "Pick the colleague who takes 1 request." in words_of(page)
    assert f'name="chosen" value="{stored.pk}"' in page.content.decode()
    assert f'<option value="{tom.pk}">Tom</option>' in page.content.decode()
    assert CallbackRequest.objects.get().claimed_by is None


def test_only_who_can_take_calls_is_a_colleague(ada, jo, tom, db):
    staff("Eda", "editor")
    staff("Pia", "privacy")
    tom.is_active = False
    tom.save()
    assert list(together.colleagues(ada)) == [jo]


@pytest.mark.parametrize("tab", ["//elsewhere.example", "a b", "look\n", "x" * 50, "&page=2"])
def test_the_way_back_leads_nowhere_else(press, make_opened, tab):
    assert press("not_reached", *carried(press("not_reached", make_opened())), sure="yes", tab=tab).url == QUEUE


# What shows ---------------------------------------------------------------------------------------------------


def test_no_name_number_or_note_stands_on_the_page_or_in_the_record(press, make_opened, make_request, tom):
    unread = make_request("+12165550187", name="Quillon", note="zebra lighthouse marmalade")
    stored = make_request("+12165550143", name="Quillon", note="zebra lighthouse marmalade")
    CallbackRequest.objects.filter(pk=stored.pk).update(opened_at=stored.asked_at)
    page = press("assign", stored, unread, to=tom.pk)
    done = press("assign", *carried(page), to=tom.pk, sure="yes")
    record = repr(list(LogEntry.objects.values())).encode()
    leavings = {"page": page.content, "message": "".join(said(done)).encode(), "record": record}
    assert leaks(("Quillon", "zebra lighthouse marmalade", "+12165550187", "+12165550143"), leavings) == set()
