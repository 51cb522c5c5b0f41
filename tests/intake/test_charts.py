"""How we are doing: who may see it, that its numbers are those reckoned by hand, and that no person is on it."""

import datetime
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.admin import charts
from intake.cadence import Calendar
from intake.figures import Figure
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from reentry_site import facts
from tests.intake.conftest import QUEUE, staff
from tests.intake.test_figures import at, closed, tried

CHARTS = QUEUE + "charts/"
NOW = at("2026-04-14", "14:00")  # a Tuesday
TODAY = datetime.date(2026, 4, 14)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def frozen(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def sue(db):
    return staff("Sue", "supervisor")


class Tables(HTMLParser):
    """The tables of a page: rows of the words of their cells, by caption; and what else its charts hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found, self.svgs, self.ids, self.open = {}, [], [], []
        self.rows, self.words = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        if tag == "svg" and attrs.get("role"):
            self.svgs.append(attrs)
        if tag == "table":
            self.rows = []
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td", "caption"}:
            self.words = ""

    def handle_data(self, data):
        self.words += data

    def handle_endtag(self, tag):
        if tag == "caption":
            self.found[self.words] = self.rows
        if tag in {"th", "td"}:
            self.rows[-1].append(" ".join(self.words.split()))


@pytest.fixture
def month(make_request, jo):
    """Thirty days until NOW: Ana came back, Bo not now, Cy was tried late, Dee asked an hour ago, and one was spam."""
    ana = make_request("+12165550101", name="Rosalind", note="private words", at=at("2026-03-16", "09:00"))
    tried(ana, jo, Outcome.NO_ANSWER, at("2026-03-16", "09:30"))
    tried(ana, jo, Outcome.REACHED, at("2026-03-17", "14:10"), visit=datetime.date(2026, 3, 26))
    closed(ana, jo, Resolution.CAME_BACK, at("2026-03-26", "10:00"))
    bo = make_request("+12165550102", at=at("2026-03-18", "12:00"))
    tried(bo, jo, Outcome.REACHED, at("2026-03-18", "12:20"), resolution=Resolution.DECLINED_FOR_NOW)
    cy = make_request("+12165550103", at=at("2026-03-20", "17:00"))
    tried(cy, jo, Outcome.NO_ANSWER, at("2026-03-24", "09:00"))
    make_request("+12165550104", at=at("2026-04-14", "13:00"))
    spam = make_request("+12165550105", at=at("2026-03-18", "12:00"))
    closed(spam, jo, Resolution.NOT_A_REQUEST, at("2026-03-18", "12:30"))


# Who may see it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "get", "post"),
    [("supervisor", 200, 405), *((group, 403, 403) for group in ("triage", "privacy", "editor", "operator", None))],
)
def test_it_opens_to_supervisors_alone_and_takes_no_post(client_of, db, group, get, post):
    client = client_of(staff("Someone", *([group] if group else [])))
    assert (client.get(CHARTS).status_code, client.post(CHARTS).status_code) == (get, post)


def test_a_stranger_is_sent_to_sign_in(client, db):
    assert client.get(CHARTS)["Location"].startswith("/admin/login/")


def test_the_bar_leads_there_for_supervisors_alone(page_of, sue, jo):
    assert f'href="{CHARTS}"' in page_of(sue, QUEUE)
    assert f'href="{CHARTS}"' not in page_of(jo, QUEUE)


# What it says -----------------------------------------------------------------------------------------------


def test_the_numbers_are_those_reckoned_by_hand(page_of, sue, month):
    page = page_of(sue, CHARTS)
    tables = Tables(page).found

    by_day = {day: number for day, number in tables.pop("Requests by day")[1:] if number != "0"}
    assert by_day == {"Mon, Mar 16": "1", "Wed, Mar 18": "1", "Fri, Mar 20": "1", "Tue, Apr 14": "1"}
    by_hour = [row for row in tables.pop("Tries that reached the person, by hour")[1:] if row[1] != "0"]
    # Two tries from 9 (9:30 and 9:00) reached nobody; those at 12:20 and 14:10 did.
    assert by_hour == [
        ["9 a.m.", "2", "0", "0 %"],
        ["noon", "1", "1", "100 %"],
        ["2 p.m.", "1", "1", "100 %"],
    ]
    # Bo at the first try, Ana at the second.
    took = [["1", "1"], ["2", "1"], ["3", "0"], ["4", "0"], ["5", "0"], ["6 +", "0"]]
    assert tables.pop("Tries until we talked")[1:] == took
    reasons = {"Came back": "1", "Not now": "1", "Not a request": "1"}
    assert dict(tables.pop("Why requests closed")[1:]) == reasons
    # Cy asked 24 days and 21 hours ago, Dee an hour ago.
    ages = {"Under 1": "1", "1–2": "0", "3–6": "0", "7–13": "0", "14 +": "1"}
    assert dict(tables.pop("Open now, by age in days")[1:]) == ages
    assert tables == {}


def test_the_shares_and_waits_are_those_reckoned_by_hand(page_of, sue, month):
    page = " ".join(re.sub(r"<[^>]+>|&nbsp;", " ", page_of(sue, CHARTS)).split())
    assert "Mar 16, 2026 to Apr 14, 2026 Requests 4 " in page
    # Ana and Bo the same day; Cy asked on a Friday and was tried on the Tuesday; Dee has until tomorrow.
    assert "Tried in time 67 % 2 of 3 " in page
    assert "Booked a first visit 25 % 1 of 4 " in page
    # 14 days are over for who asked by 30 March: Ana, Bo, Cy. 30 days are over for nobody.
    assert "Came back within 14 days 33 % 1 of 3 " in page
    assert "Came back within 30 days Too early to tell" in page
    # Ana 30 min, Bo 20, Cy an hour on Friday, ten on Monday, one on Tuesday; on the clock 3 days and 16 hours.
    assert "In staffed hours 30 min 12 h 0 min " in page
    assert "On the clock 30 min 3 days 16 h " in page
    assert "1 overdue now" in page


@pytest.mark.parametrize(
    "asked", ["", "?days=", "?days=31", "?days=-7", "?days=07", "?days=x", "?days=٧", "?days=7%00"]
)
def test_any_other_period_is_30_days(page_of, sue, asked):
    page = page_of(sue, CHARTS + asked)
    assert re.findall(r'href="\?days=(\d+)" aria-current="page"', page) == ["30"]


@pytest.mark.parametrize(
    ("days", "first", "bars_shown"),
    [(7, "Apr 8, 2026", 7), (30, "Mar 16, 2026", 30), (90, "Jan 15, 2026", 13), (365, "Apr 15, 2025", 53)],
)
def test_a_period_ends_today_and_a_long_one_is_told_by_week(page_of, sue, make_request, days, first, bars_shown):
    make_request(at=NOW - DAY)
    Figure.objects.create(day=TODAY - days * DAY, what="asked", count=1000)  # the day before it begins
    page = page_of(sue, f"{CHARTS}?days={days}")
    assert f"{first} to Apr 14, 2026" in page
    rows = Tables(page).found["Requests by week" if days > 31 else "Requests by day"][1:]
    assert (len(rows), sum(int(number) for _, number in rows)) == (bars_shown, 1)


def test_the_page_is_the_same_after_a_purge(page_of, sue, jo, make_request):
    for digit in range(3):
        asked = NOW - (120 + digit) * DAY
        request = make_request(f"+1216555010{digit}", at=asked)
        tried(request, jo, Outcome.REACHED, asked + DAY, visit=(asked + 2 * DAY).date())
        closed(request, jo, Resolution.CAME_BACK, asked + 9 * DAY)

    def main() -> str:
        return page_of(sue, CHARTS + "?days=365").partition('<div class="figures">')[2]

    before = main()
    assert "100&nbsp;% <small>3 of 3</small>" in before
    assert CallbackRequest.objects.purge(NOW) == 3
    assert main() == before


def test_rows_are_counted_in_batches_and_none_twice(make_request, monkeypatch):
    monkeypatch.setattr(charts, "BATCH", 2)
    for number in range(5):
        make_request(f"+1216555010{number}", at=NOW - DAY)  # all in one moment: told apart by their id
    make_request("+12165550109", at=at("2026-04-14", "00:00"))
    counts = charts.counted(TODAY, Calendar(facts.current()), NOW)
    assert counts == {(TODAY, "asked"): 1}  # from the first minute of the day
    counts = charts.counted(TODAY - DAY, Calendar(facts.current()), NOW)
    assert (counts[TODAY - DAY, "asked"], counts[TODAY, "asked"]) == (5, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_more_requests_are_no_more_queries(client_of, sue, jo, make_request, rows):
    for number in range(rows):
        tried(make_request(f"+1216555010{number}", at=NOW - DAY), jo, Outcome.BUSY, NOW)
    client = client_of(sue)
    client.get(CHARTS)
    with CaptureQueriesContext(connection) as queries:
        client.get(CHARTS)
    # session, user, second step, two of permissions, whether an editor, what was kept, the requests, their tries, ages,
    # overdue
    assert len(queries) == 11


def test_where_nothing_is_it_says_so_and_draws_nothing(page_of, sue):
    page = page_of(sue, CHARTS)
    assert "Nobody asked for a call in these days." in page
    assert "No request is open." in page
    assert Tables(page).svgs == []
    assert Tables(page).found == {}


def test_before_the_first_try_it_says_so(page_of, sue, make_request):
    make_request(at=NOW)
    page = page_of(sue, CHARTS)
    assert "No try yet." in page
    assert "Nothing is overdue." in page
    assert set(Tables(page).found) == {"Requests by day", "Open now, by age in days"}


# How it is drawn --------------------------------------------------------------------------------------------


def test_no_person_and_no_colleague_is_on_the_page(page_of, sue, month):
    page = page_of(sue, CHARTS)
    known = [word for each in CallbackRequest.objects.all() for word in (each.reference, str(each.pk))]
    assert len(known) == 10
    for word in [*known, "Rosalind", "private words", "555", "Jo", "jo"]:
        assert not re.search(rf"\b{word}\b", page)


def test_every_chart_is_a_picture_with_words_and_the_same_numbers(page_of, sue, month):
    page = page_of(sue, CHARTS)
    tables = Tables(page)
    assert len(tables.svgs) == len(tables.found) == 5
    assert page.count("<summary>The same in numbers") == 5
    assert len(set(tables.ids)) == len(tables.ids)
    for svg in tables.svgs:
        assert svg["role"] == "img"
        assert set(svg["aria-labelledby"].split()) <= set(tables.ids)
    assert not re.search(r"<script(?! src=)|\sstyle=|<style", page)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(None, ""), (0, "0 min"), (59, "59 min"), (60, "1 h 0 min"), (47 * 60 + 59, "47 h 59 min"), (2880, "2 days 0 h")],
)
def test_a_wait_is_told_in_the_units_that_one_would_say(minutes, told):
    assert charts.spelled(minutes) == told


def test_staffed_time_is_never_told_in_days(page_of, sue):
    Figure.objects.bulk_create(
        Figure(day=TODAY, what=what, count=1) for what in ("asked", "tried:9", "clock:3000", "staffed:3000")
    )
    page = page_of(sue, CHARTS)
    assert "<td>50 h 0 min</td>" in page
    assert "<td>2 days 2 h</td>" in page


@pytest.mark.parametrize("within", [14, 30])
def test_who_came_back_is_told_of_those_whose_days_are_all_over(within):
    counts = Counter()
    for ago in (within, within + 1, within + 2):  # who asked late on the day `within` days ago may still come today
        counts[TODAY - ago * DAY, "asked"] = 10
        counts[TODAY - ago * DAY, f"back:{within}"] = ago
    share = charts.came_back(counts, within, TODAY)
    assert (share.count, share.of) == (within + 1 + within + 2, 20)


def test_six_tries_and_more_stand_together():
    counts = Counter({(TODAY, "tries:5"): 1, (TODAY, "tries:6"): 2, (TODAY, "tries:9"): 4})
    assert charts.tries(counts).table.rows[-2:] == [("5", 1), ("6 +", 6)]
    assert charts.tries(counts).says == "Half of those reached took 9 tries or fewer."


def test_an_hour_without_a_try_says_nothing_and_one_that_reached_nobody_says_0():
    drawn = charts.by_hour(Counter({(TODAY, "tried:9"): 2, (TODAY, "tried:10"): 2, (TODAY, "reached:10"): 1}))
    assert [words.text for words in drawn.words if "number" in words.look] == ["0", "50"]
    assert drawn.table.rows[:3] == [
        ("8\N{NO-BREAK SPACE}a.m.", 0, 0, "–"),
        ("9\N{NO-BREAK SPACE}a.m.", 2, 0, "0 %"),
        ("10\N{NO-BREAK SPACE}a.m.", 2, 1, "50 %"),
    ]


@pytest.mark.parametrize(
    ("hours", "first", "last", "columns"),
    [
        ((14,), "8\N{NO-BREAK SPACE}a.m.", "8\N{NO-BREAK SPACE}p.m.", 13),
        ((0, 22), "midnight", "10\N{NO-BREAK SPACE}p.m.", 23),
    ],
)
def test_hours_in_which_nobody_calls_show_where_somebody_did(hours, first, last, columns):
    drawn = charts.by_hour(Counter({(TODAY, f"tried:{hour}"): 1 for hour in hours}))
    assert (drawn.table.rows[0][0], drawn.table.rows[-1][0], len(drawn.bars)) == (first, last, columns)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (datetime.timedelta(hours=23, minutes=59), "Under 1"),
        (DAY, "1–2"),
        (3 * DAY - datetime.timedelta(seconds=1), "1–2"),
        (3 * DAY, "3–6"),
        (7 * DAY, "7–13"),
        (14 * DAY, "14 +"),
        (400 * DAY, "14 +"),
    ],
)
def test_an_open_request_has_one_age(make_request, ago, words):
    make_request(at=NOW - ago)
    assert {label: number for label, number in charts.open_by_age(NOW).table.rows if number} == {words: 1}
