"""How long the desk's pages take with a million requests, beside the desk with a thousand and a stock ModelAdmin.

Whole answers, by Django's test client, each on a connection of its own; SQLite, and PostgreSQL where a server is
installed. About half an hour, most of it for making the requests: `bench/desk.py 20000` makes fewer.
"""

import contextlib
import datetime
import multiprocessing
import os
import platform
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.faults.breaking import CannotBreak  # noqa: E402
from tests.faults.postgres import Server, programs  # noqa: E402

SMALL, SMALL_OPEN = 1_000, 900  # some are closed, so that each tab has more than one page
LARGE, LARGE_OPEN = 1_000_000, 2_000
ROUNDS = 7
ANSWERS = 6  # in each round
HELD = 30  # requests that the one who looks has taken
HOST = {"host": "localhost"}
DESK = "/admin/intake/callbackrequest/"
STOCK = "/stock/intake/callbackrequest/"
SOMEBODY = ("Zebulon Quill", "+12165550143;ext=77", "216 555 0143")  # name, number, what is typed of it
SAME_NAME = "Ana"
TABS = ("now", "overdue", "waiting", "mine", "look", "closed")
#: Midday on a day when the desk is open, whenever the bench runs: else nobody could be called.
FACTS = 'name: "C"\nphone: "216 555 0100"\nholidays: open\ntime_zone: Etc/GMT{:+}\nhours:\n'
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Spent = tuple[float, float]  # seconds: the whole answer, of it the record and its commit


# In the process of one desk ---------------------------------------------------------------------------------


def set_up(folder: Path, url: str) -> None:
    os.environ |= {"DATA_DIR": str(folder), "DATABASE_URL": url, "CONTENT_DIR": str(folder.parent)}
    os.environ["DJANGO_SETTINGS_MODULE"] = "reentry_site.settings"
    import django

    from reentry_site import data_dir

    data_dir.prepare(folder)
    django.setup()
    from intake.admin import call_card, find
    from reentry_site import collected_static, urls

    collected_static.refresh()
    urls.urlpatterns.insert(0, stock_admin())
    timed_apart(call_card, "record")
    timed_apart(find, "record_search")


def stock_admin():
    """What Django's admin does by itself with the same rows and columns."""
    from django.contrib import admin
    from django.urls import path

    from intake.admin import wording
    from intake.models import CallbackRequest

    class Stock(admin.ModelAdmin):
        list_display = ("status", "next_try_at", "crisis", "person", "reference", "voicemail_ok", "text_ok")
        list_display += ("may_say_clinic_name", "good_time", "asked_at")
        list_filter = ["status"]
        search_fields = ["reference"]
        date_hierarchy = "asked_at"
        list_per_page = 25

        def person(self, request):
            return f"{request.submission.name} {request.submission.last_four}"

        def good_time(self, request):
            return wording.good_time(request)

        def has_view_permission(self, request, obj=None):
            return request.user.has_perm("intake.work_queue")

    site = admin.AdminSite("stock")
    site.register(CallbackRequest, Stock)
    return path("stock/", site.urls)


recorded: list[float] = []


def timed_apart(module, name: str) -> None:
    whole = getattr(module, name)

    def timed(*arguments, **named):
        began = time.perf_counter()
        whole(*arguments, **named)
        recorded.append(time.perf_counter() - began)

    setattr(module, name, timed)


def fill(count: int, still_open: int) -> float:
    """Seconds to make so many requests, and one more for somebody to be searched for."""
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from intake import accepting, heartbeat
    from intake.submission import Submission

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("jo", first_name="Jo", is_staff=True)
    user.groups.set(Group.objects.filter(name="triage"))
    began = time.monotonic()
    with open(os.devnull, "w") as nowhere:
        call_command("make_requests", count=count, open=still_open, stdout=nowhere)
    spent = time.monotonic() - began
    accepting.store(Submission(SOMEBODY[1], name=SOMEBODY[0]), timezone.now())
    heartbeat.write(heartbeat.Heartbeat(at=timezone.now() + datetime.timedelta(1)))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as the server does by itself after a while
    return spent


def begin_round() -> dict[str, object]:
    """Take calls, as claims run out, and say what the answers of this round must be."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from intake.cadence import Calendar
    from intake.models import CallbackRequest
    from reentry_site import facts

    jo, now, calendar = User.objects.get(username="jo"), timezone.now(), Calendar(facts.current())
    requests = CallbackRequest.objects
    mine = requests.held_by(jo, now)
    for each in [*mine, *requests.waiting(now, calendar).order_by("asked_at")][:HELD]:
        each.claim(jo, now)
    somebody = requests.get(versions__codes__reference__isnull=False, phone_hash=_hash(SOMEBODY[1]))
    sets = (requests.callable_now(now, calendar), requests.overdue(now), requests.waiting(now, calendar))
    sets += (mine.all(), requests.needing_a_look(), requests.filter(status="closed"))
    return {
        "rows": dict(zip(TABS, (found.count() for found in sets), strict=True)),
        "held": str(mine.first().pk),
        "somebody": f"{DESK}{somebody.pk}/change/",
        "reference": somebody.reference,
        "closed": requests.filter(status="closed").first().reference,
    }


def _hash(number: str) -> str:
    from intake import vault

    return vault.keyed_hash(number)


def questions(known: dict) -> dict[str, tuple[str, dict | None, object]]:
    """What is asked → address, what is posted, the rows or the address that the answer must have."""
    tabs = {"first page": (DESK, None, min(known["rows"]["now"], 25))}
    for name, count in known["rows"].items():
        tabs[f"tab: {name}"] = (f"{DESK}?tab={name}", None, min(count, 25))
        if count > 25:
            tabs[f"tab: {name}, page 2"] = (f"{DESK}?tab={name}&page=2", None, min(count - 25, 25))
    found = known["somebody"]
    return tabs | {
        "search: number": (f"{DESK}find/", {"who": SOMEBODY[2]}, found),
        "search: reference": (f"{DESK}find/", {"who": known["reference"]}, found),
        "search: name of one": (f"{DESK}find/", {"who": SOMEBODY[0].split()[1]}, found),
        "search: name of many": (f"{DESK}find/", {"who": SAME_NAME}, 25),
        "search: nobody": (f"{DESK}find/", {"who": "Nobody At All"}, 0),
        "call card": (f"{DESK}{known['held']}/change/", None, 0),
        "stock: list": (STOCK, None, 25),
        "stock: filter": (f"{STOCK}?status__exact=new", None, 25),
        "stock: search": (f"{STOCK}?q={known['closed']}", None, 1),
    }


def ask(known: dict, what: str, times: int) -> list[Spent]:
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    client = Client(headers=HOST)
    client.force_login(User.objects.get(username="jo"))
    address, posted, expected = questions(known)[what]
    spent = []
    for _ in range(times):
        recorded.clear()
        connection.close()
        began = time.perf_counter()
        answer = client.get(address) if posted is None else client.post(address, posted)
        spent.append((time.perf_counter() - began, sum(recorded)))
        rows = len(re.findall(r'<tr class="row-|<tr><th class="field', answer.content.decode()))
        got = answer.headers.get("Location", rows)
        if answer.status_code not in {200, 302} or got != expected:
            sys.exit(f"{what}: {answer.status_code}, {got} in place of {expected}")
    return spent


def one_line_of_the_record(times: int) -> list[Spent]:
    """One row of it and its commit, with nothing else."""
    from django.contrib.auth.models import User
    from django.db import connection

    from intake import record

    jo, spent = User.objects.get(username="jo"), []
    for _ in range(times):
        connection.ensure_connection()
        began = time.perf_counter()
        record.record_search(jo, [])
        spent.append((time.perf_counter() - began, 0))
    return spent


# Of all desks -------------------------------------------------------------------------------------------------


class Desk:
    """One desk, in a process of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        ahead = 12 - datetime.datetime.now(datetime.UTC).hour
        facts = FACTS.format(-ahead) + "".join(f'  {day}: "8:00-18:00"\n' for day in WEEK)
        (folder.parent / "facts.yaml").write_text(facts, encoding="utf-8")
        spawn = multiprocessing.get_context("spawn")
        self._process = ProcessPoolExecutor(1, spawn, initializer=set_up, initargs=(folder, url))

    def do(self, function: Callable, *arguments: object):
        return self._process.submit(function, *arguments).result()

    def close(self) -> None:
        self._process.shutdown()


def measure(desks: list[Desk]) -> dict[str, list[list[Spent]]]:
    """What was asked → for each desk what its answers took; the desks take turns."""
    spent: dict[str, list[list[Spent]]] = {}
    for _ in range(ROUNDS):
        known = [desk.do(begin_round) for desk in desks]
        for what in [each for each in questions(known[1]) if each in questions(known[0])]:
            times = 1 if what.startswith("stock") else ANSWERS
            for index, desk in enumerate(desks):
                spent.setdefault(what, [[], []])[index] += desk.do(ask, known[index], what, times)
        for index, desk in enumerate(desks):
            record = spent.setdefault("one line of the record", [[], []])
            record[index] += desk.do(one_line_of_the_record, ANSWERS)
    return spent


def lines(what: str, spent: list[list[Spent]]) -> Iterator[str]:
    columns = [[whole for whole, _ in each] for each in spent]
    yield line(what, columns)
    if any(apart for _, apart in spent[0]):
        yield line(f"{what}, less its record", [[whole - apart for whole, apart in each] for each in spent])


def line(what: str, columns: list[list[float]]) -> str:
    small, large = (statistics.median(each) for each in columns)
    said = [f"{1000 * statistics.median(each):.1f} ({1000 * min(each):.1f}–{1000 * max(each):.1f})" for each in columns]
    slow = [f"{1000 * statistics.quantiles(each, n=20, method='inclusive')[18]:.1f}" for each in columns]
    return f"| {what} | {said[0]} | {slow[0]} | {said[1]} | {slow[1]} | {large / small:.2f} |"


def databases(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Name, and the addresses of two empty databases."""
    yield f"SQLite {sqlite3.sqlite_version}", "", ""
    with contextlib.suppress(CannotBreak), contextlib.closing(Server()) as server:
        yield f"PostgreSQL {programs().parent.name}", server.url("small"), server.url("large")


def main(folder: Path, count: int) -> None:
    for database, *urls in databases(folder):
        desks = [
            Desk(folder / database / size / "data", url) for size, url in zip(("small", "large"), urls, strict=True)
        ]
        desks[0].do(fill, SMALL, SMALL_OPEN)
        made = desks[1].do(fill, count, LARGE_OPEN)
        print(f"\n{database}: {count:,} requests were made in {made:.0f} s.\n")
        print(f"| ms | {SMALL:,}: median (least–most) | p95 | {count:,}: median (least–most) | p95 | ratio |")
        print("| --- | --- | --- | --- | --- | --- |")
        for what, spent in measure(desks).items():
            print("\n".join(lines(what, spent)), flush=True)
        for desk in desks:
            desk.close()


if __name__ == "__main__":
    print(f"The desk. {datetime.date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}.")
    print(f"{ROUNDS} rounds of {ANSWERS} answers (stock: 1), the two desks in turn.")
    with tempfile.TemporaryDirectory() as name:
        main(Path(name), int(sys.argv[1]) if sys.argv[1:] else LARGE)
