"""Calls to make: one sorted list, with counts that are also filters."""

import datetime
import re
from dataclasses import dataclass

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from intake import heartbeat, spool
from intake.admin import wording
from intake.admin.wording import Badge
from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.record import record_act
from intake.submission import Submission
from intake.words import Status
from reentry_site import facts
from reentry_site.facts import Facts

ROWS = 25
#: More than so many are not counted one by one: nobody's morning depends on the difference.
MOST_COUNTED = 99


@dataclass(frozen=True)
class Tab:
    """`count`: "" where it would only cost time."""

    name: str
    label: str
    count: str
    current: bool


@dataclass(frozen=True)
class Page:
    """One page of a set: its requests, and the numbers of the pages beside it."""

    number: int
    requests: list[CallbackRequest]
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Row:
    """One request as the queue shows it."""

    request: CallbackRequest
    answers: Submission | None
    badge: Badge
    next_step: str
    words: list[tuple[bool, str]]
    good_time: str
    waited: str
    free: bool


def _sets(user, now: datetime.datetime, calendar: Calendar) -> dict[str, tuple[str, QuerySet]]:
    """Tab → its words and its requests, in the order of the page."""
    requests = CallbackRequest.objects
    return {
        "now": ("To call now", requests.callable_now(now, calendar).in_order(now, calendar)),
        "overdue": ("Overdue", requests.overdue(now).in_order(now, calendar)),
        "waiting": ("Waiting for their time", requests.waiting(now, calendar).in_order(now, calendar)),
        "mine": ("Mine", requests.held_by(user, now).in_order(now, calendar)),
        "look": ("Needs a look", requests.needing_a_look().in_order(now, calendar)),
        "closed": ("Closed", requests.filter(status=Status.CLOSED).order_by("-closed_at")),
    }


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    now, clinic = timezone.now(), facts.current()
    sets = _sets(request.user, now, Calendar(clinic))
    chosen = request.GET.get("tab")
    chosen = chosen if chosen in sets else "now"
    tabs = [Tab(name, label, _count(name, found), name == chosen) for name, (label, found) in sets.items()]
    with transaction.atomic():
        page = _page(sets[chosen][1], request.GET.get("page", ""))
        record_act(request.user, f"Looked at the calls: {sets[chosen][0]}, page {page.number}")  # it shows names
    arriving, alarms = _beside_the_queue(now)
    may_choose = bool(page.requests) and chosen != "closed" and request.user.has_perm("intake.supervise")
    context = admin.site.each_context(request) | {
        "title": "Calls to make",
        "arriving": arriving,
        "alarms": alarms,
        "tabs": tabs,
        "chosen": chosen,
        "caption": sets[chosen][0],
        "waiting": "Was open" if chosen == "closed" else "Waiting",
        "page": page,
        "rows": [row(each, request.user, now, clinic) for each in page.requests],
        "may_choose": may_choose,
        "colleagues": wording.colleagues(request.user) if may_choose else None,
        "open_now": Calendar(clinic).open_now(now) is not None,
    }
    return render(request, "admin/intake/queue.html", context)


def _count(name: str, found: QuerySet) -> str:
    if name == "closed":
        return ""
    count = found.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def _page(found: QuerySet, asked: str) -> Page:
    """The page that was asked for, else the first. Reads one row more than it shows, in place of counting all."""
    number = int(asked) if re.fullmatch(r"[1-9]\d{0,4}", asked) else 1
    first = (number - 1) * ROWS
    rows = list(found.select_related("claimed_by").prefetch_related("versions")[first : first + ROWS + 1])
    if not rows and number > 1:
        return _page(found, "1")
    return Page(number, rows[:ROWS], number - 1 or None, number + 1 if len(rows) > ROWS else None)


def _beside_the_queue(now: datetime.datetime) -> tuple[int, list[str]]:
    """How many requests are stored and not here yet, and what keeps them or a mail from coming."""
    arriving, alarms, beat = 0, [], heartbeat.read()
    try:
        arriving = spool.count()
    except spool.Unavailable:
        alarms.append("The spool cannot be read. Tell the operator.")
    if heartbeat.is_silent(beat, now):
        alarms.append("No mail goes out, and stored requests do not arrive here. Look here often. Tell the operator.")
    elif beat.mail_failing_since:
        since = wording.when(beat.mail_failing_since)
        alarms.append(f"The mail to staff has not gone out since {since}: look here yourself.")
    return arriving, alarms


def row(each: CallbackRequest, user, now: datetime.datetime, clinic: Facts) -> Row:
    holder = each.holder(now)
    return Row(
        request=each,
        answers=wording.opened(each),
        badge=wording.badge(each, user, now),
        next_step=wording.next_step(each, user, now),
        words=wording.contact_words(each, clinic),
        good_time=wording.good_time(each),
        waited=wording.waited(each.asked_at, each.closed_at or now),
        free=holder is None and each.status != Status.CLOSED and (each.next_try_at or now) <= now,
    )
