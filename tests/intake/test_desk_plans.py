"""However many requests were ever closed, the desk reads the open ones: each page's queries go by an index."""

import datetime
import functools
import re
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.attempts import StaffNote
from intake.models import CallbackRequest
from intake.words import Resolution, Status
from tests.intake.conftest import QUEUE, card

TABS = ("now", "overdue", "waiting", "mine", "look", "closed")
#: Tables with a row or more for each request that there ever was.
GROWING = (
    "intake_callbackrequest",
    "intake_answers",
    "intake_privatecode",
    "intake_contactattempt",
    "intake_staffnote",
)
#: Indexes that hold few rows, or of which a page reads the first ones only.
SHORT = {"open_by_next_try", "to_look_at", "closed_last"}


@pytest.fixture
def many(jo):
    call_command("make_requests", count=4_000, open=100, seed=7)
    for each in CallbackRequest.objects.open()[:3]:
        each.claim(jo, timezone.now())
    closed = CallbackRequest.objects.filter(status=Status.CLOSED)
    StaffNote.objects.bulk_create(
        StaffNote(request=each, written_by=jo, written_at=each.closed_at, sealed=b"x" * 280) for each in closed
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # as the server does by itself; SQLite's plans go without
            # So few rows are read whole for good reason. Without that choice only what no index can answer is.
            cursor.execute("SET LOCAL enable_seqscan = off")


def whole_reads(ask: Callable[[], HttpResponse]) -> list[str]:
    """How the queries of what is asked would read whole tables that grow, or whole indexes of them."""
    with CaptureQueriesContext(connection) as queries:
        assert ask().status_code in {200, 302}
    read = [each["sql"] for each in queries if each["sql"].startswith("SELECT") and "intake_" in each["sql"]]
    assert read
    steps = _steps_of_postgresql if connection.vendor == "postgresql" else _steps_of_sqlite
    with connection.cursor() as cursor:
        return [step for sql in read for step in steps(cursor, sql)]


def _steps_of_sqlite(cursor, sql: str) -> Iterator[str]:
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
    for *_, step in cursor.fetchall():
        scan = re.match(r"SCAN (intake_|U\d)\w*(?: USING (?:COVERING )?INDEX (\w+))?", step)
        if scan and scan[2] not in SHORT:
            yield step


def _steps_of_postgresql(cursor, sql: str) -> Iterator[str]:
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
    return _whole(cursor.fetchone()[0][0]["Plan"])


def _whole(node: dict) -> Iterator[str]:
    by_index = node.get("Index Name") in SHORT or "Index Cond" in node or node["Node Type"] == "Bitmap Heap Scan"
    if node.get("Relation Name") in GROWING and not by_index:
        yield f"{node['Node Type']} {node['Relation Name']} {node.get('Index Name', '')}"
    for below in node.get("Plans", ()):
        yield from _whole(below)


def test_no_page_of_the_desk_reads_through_what_was_closed(many, client_of, jo):
    client, closed = client_of(jo), CallbackRequest.objects.filter(status=Status.CLOSED).first()
    addresses = [f"{QUEUE}?tab={tab}&page={page}" for tab in TABS for page in (1, 2)]
    typed = [closed.reference, "216 555 0143", "Ana", "Nobody at all"]
    found = {address: whole_reads(functools.partial(client.get, address)) for address in addresses}
    found |= {who: whole_reads(functools.partial(client.post, QUEUE + "find/", {"who": who})) for who in typed}
    assert {what: steps for what, steps in found.items() if steps} == {}


def test_no_card_reads_through_what_was_closed(many, client_of, jo):
    held = CallbackRequest.objects.held_by(jo, timezone.now())[0]
    assert whole_reads(functools.partial(client_of(jo).get, card(held))) == []


def test_a_query_that_reads_a_whole_table_is_noticed(many, client_of, jo):
    """Else the test above would hold nothing."""

    def ask():
        list(CallbackRequest.objects.filter(voicemail_ok=True).order_by("undo"))
        return client_of(jo).get(QUEUE)

    assert len(whole_reads(ask)) == 1


# Nothing is asked once for each row -----------------------------------------------------------------------------


def _into_the_tab(request: CallbackRequest, tab: str, jo, now: datetime.datetime) -> None:
    if tab in {"mine", "closed"}:
        request.claim(jo, now)
    if tab == "closed":
        request.close(jo, Resolution.DUPLICATE, now, note="Looked, and it was.")


IN_TAB = {
    "now": {"crisis": True},
    "overdue": {"overdue_from": timezone.now() - datetime.timedelta(1)},
    "waiting": {"next_try_at": timezone.now() + datetime.timedelta(1)},
    "look": {"needs_look": True},
}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("tab", TABS)
def test_a_tab_asks_as_often_for_three_rows_as_for_one(
    client_of, jo, make_request, django_assert_num_queries, tab, rows
):
    now = timezone.now()
    for number in range(rows):
        stored = make_request(f"+121655501{number:02}", at=now, name="Sam")
        _into_the_tab(stored, tab, jo, now)
        CallbackRequest.objects.filter(pk=stored.pk).update(**IN_TAB.get(tab, {}))
    client = client_of(jo)
    client.get(QUEUE)  # notes in the session that somebody is there
    with django_assert_num_queries(17 + (connection.vendor == "postgresql")):
        page = client.get(f"{QUEUE}?tab={tab}").content.decode()
    assert page.count('<tr class="row-') == rows
