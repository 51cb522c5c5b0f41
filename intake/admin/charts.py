"""How we are doing, for supervisors: what the requests of some days came to. No person, no reference, no ranking."""

import datetime
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from intake import figures
from intake.admin.bars import Chart, Table, Value, columns, in_groups, lying, some_labels
from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.words import Resolution
from reentry_site import facts

#: Days that can be chosen → their words.
PERIODS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year"}
USUAL = 30
#: With more days than this a column is a week.
MOST_DAYS = 31
#: Requests that are read at a time: no cursor stays open while they are counted, because it would block writers.
BATCH = 2_000
HOURS = range(8, 21)  # shown always; others where somebody tried
MOST_TRIES = 6  # and more
#: How old an open request is: from so many days on.
AGES = {0: "Under 1", 1: "1–2", 3: "3–6", 7: "7–13", 14: "14 +"}


@dataclass(frozen=True)
class Share:
    """So many `of` so many. `percent` is None where there is nothing to tell yet."""

    words: str
    count: int
    of: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.count / self.of) if self.of else None


@dataclass(frozen=True)
class Wait:
    """How long until the first try: half of them, and nine in ten, took no longer than this."""

    words: str
    half: str
    most: str


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    now, calendar = timezone.now(), Calendar(facts.current())
    asked = request.GET.get("days", "")
    length = next((days for days in PERIODS if str(days) == asked), USUAL)
    today = calendar.today(now)
    days = [today - datetime.timedelta(back) for back in reversed(range(length))]
    counts = counted(days[0], calendar, now)
    context = admin.site.each_context(request) | {
        "title": "How we are doing",
        "periods": PERIODS,
        "chosen": length,
        "first": days[0],
        "last": today,
        "ages": open_by_age(now),
        "overdue": CallbackRequest.objects.overdue(now).count(),
        **(_shown(counts, days, today) if counts else {}),
    }
    return render(request, "admin/intake/charts.html", context)


def counted(first: datetime.date, calendar: Calendar, now: datetime.datetime) -> Counter:
    """(day, what) → how often, from the day `first` on: what was kept, and what is there.

    What is purged between the two reads is missing until the page is loaded again; no lock is worth that.
    """
    counts = figures.kept(first)
    for batch in _batches(calendar.start_of(first)):
        counts.update(figures.of_all(batch, calendar, now))
    return counts


def _batches(since: datetime.datetime) -> Iterator[list]:
    """What figures.py reads of the requests that were asked since, each batch by a query of its own."""
    rows = CallbackRequest.objects.order_by("asked_at", "pk").values_list(*figures.FIELDS, named=True)
    after = Q(asked_at__gte=since)
    while batch := list(rows.filter(after)[:BATCH]):
        yield batch
        if len(batch) < BATCH:
            return
        last = batch[-1]
        after = Q(asked_at__gt=last.asked_at) | Q(asked_at=last.asked_at, pk__gt=last.pk)


def _shown(counts: Counter, days: list[datetime.date], today: datetime.date) -> dict:
    by_kind = Counter()
    for (_, what), count in counts.items():
        by_kind[what] += count
    asked = by_kind["asked"]
    return {
        "asked": asked,
        "in_time": Share("Tried in time", by_kind["kept"], by_kind["promised"]),
        "booked": Share("Booked a first visit", by_kind["booked"], asked),
        "came_back": [came_back(counts, within, today) for within in figures.CAME_BACK_WITHIN],
        "waits": [_wait(counts, "staffed", "In staffed hours"), _wait(counts, "clock", "On the clock")],
        "by_day": by_day(counts, days),
        "by_hour": by_hour(counts),
        "tries": tries(counts),
        "reasons": reasons(by_kind),
    }


def came_back(counts: Counter, within: int, today: datetime.date) -> Share:
    """Of those asked so long ago that all their days are over: whoever asked later may still come."""
    last = today - datetime.timedelta(within + 1)
    old_enough = Counter()
    for (day, what), count in counts.items():
        if day <= last:
            old_enough[what] += count
    return Share(f"Came back within {within} days", old_enough[f"back:{within}"], old_enough["asked"])


def _wait(counts: Counter, kind: str, words: str) -> Wait:
    found = figures.histogram(counts, kind)
    # An hour in which nobody is here is no part of a staffed day: staffed time is not told in days.
    longest = "days" if kind == "clock" else "hours"
    half, most = (figures.within(found, percent) for percent in (50, 90))
    return Wait(words, spelled(half, longest), spelled(most, longest))


def spelled(minutes: int | None, longest: str = "days") -> str:
    """`37 min`, `5 h 12 min`, `3 days 4 h`; "" where there is nothing to tell."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if longest == "days" and hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


# The charts --------------------------------------------------------------------------------------------------


def by_day(counts: Counter, days: list[datetime.date]) -> Chart:
    weekly = len(days) > MOST_DAYS
    groups = in_groups(days, 7 if weekly else 1)
    numbers = [sum(counts[day, "asked"] for day in group) for group in groups]
    if len(groups) <= 7:
        labels = [date_format(group[0], "D") for group in groups]
    else:
        labels = some_labels([date_format(group[0], "M j") for group in groups], len(groups) // 2)
    unit = "week" if weekly else "day"
    rows = [(_span(group), number) for group, number in zip(groups, numbers, strict=True)]
    return columns(
        "by-day",
        f"Requests by {unit}",
        f"From {min(numbers)} to {max(numbers)} a {unit}, {sum(numbers)} in all.",
        [Value(label, number) for label, number in zip(labels, numbers, strict=True)],
        Table((unit.capitalize(), "Requests"), rows),
        unit=f" a {unit}",
    )


def _span(days: list[datetime.date]) -> str:
    first, last = date_format(days[0], "D, M j"), date_format(days[-1], "D, M j")
    return first if first == last else f"{first} – {last}"


def by_hour(counts: Counter) -> Chart | None:
    """Of the tries in each hour of the clinic's day, how many reached the person."""
    tried, reached = figures.histogram(counts, "tried"), figures.histogram(counts, "reached")
    if not tried:
        return None
    hours = range(min(HOURS[0], *tried), max(HOURS[-1], *tried) + 1)
    shares = [Share(_hour(hour), reached[hour], tried[hour]) for hour in hours]
    best = max(shares, key=lambda share: (share.percent or 0, share.of))
    labels = some_labels([share.words for share in shares], len(shares) // 3)  # four have room on any screen
    return columns(
        "by-hour",
        "Tries that reached the person, by hour",
        f"In percent of the tries of each hour; the most from {best.words}: {best.percent} %.",
        [Value(label, share.percent) for label, share in zip(labels, shares, strict=True)],
        Table(
            ("From", "Tries", "Reached", "Share"),
            [(s.words, s.of, s.count, "–" if s.percent is None else f"{s.percent} %") for s in shares],
        ),
        most=100,
        unit=" %",
    )


def _hour(hour: int) -> str:
    return date_format(datetime.time(hour), "P").replace(" ", "\N{NO-BREAK SPACE}")


def tries(counts: Counter) -> Chart | None:
    found = figures.histogram(counts, "tries")
    if not found:
        return None
    upto = Counter()
    for number, count in found.items():
        upto[min(number, MOST_TRIES)] += count
    words = {number: str(number) for number in range(1, MOST_TRIES)} | {MOST_TRIES: f"{MOST_TRIES} +"}
    half = figures.within(found, 50)
    return columns(
        "tries",
        "Tries until we talked",
        f"Half of those reached took {half} {'try' if half == 1 else 'tries'} or fewer.",
        [Value(label, upto[number]) for number, label in words.items()],
        Table(("Tries", "People reached"), [(label, upto[number]) for number, label in words.items()]),
    )


def reasons(by_kind: Counter) -> Chart | None:
    found = Counter({each.label: by_kind[f"closed:{each}"] for each in Resolution if by_kind[f"closed:{each}"]})
    if not found:
        return None
    return lying(
        "reasons",
        "Why requests closed",
        f"{found.total()} closed; the reason most often: {found.most_common(1)[0][0]}.",
        [Value(words, count) for words, count in found.most_common()],
        Table(("Reason", "Requests"), found.most_common()),
    )


def open_by_age(now: datetime.datetime) -> Chart | None:
    """All that are open now, whenever they were asked; an age is whole days of 24 hours."""
    older = CallbackRequest.objects.open().aggregate(
        **{f"from_{days}": Count("pk", filter=Q(asked_at__lte=now - datetime.timedelta(days))) for days in AGES}
    )
    with_older_ones = itertools.pairwise([*older.values(), 0])
    numbers = {words: some - rest for words, (some, rest) in zip(AGES.values(), with_older_ones, strict=True)}
    total = sum(numbers.values())
    if not total:
        return None
    return columns(
        "ages",
        "Open now, by age in days",
        f"{total} open; {numbers['14 +']} of them for 14 days or longer.",
        [Value(words, number) for words, number in numbers.items()],
        Table(("Days", "Open requests"), list(numbers.items())),
    )
