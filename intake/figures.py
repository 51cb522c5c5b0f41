"""How the desk is doing, in numbers that carry no person: what each request adds to its day, and what is kept of it.

A request counts on the day it was asked, on the clinic's clock. One rule counts what is there and what is purged: `of`.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

from django.db import connection, models

from intake.attempts import ContactAttempt
from intake.cadence import Calendar
from intake.words import Outcome, Resolution
from reentry_site import facts

#: What `of` reads of a request.
FIELDS = ("pk", "asked_at", "call_by", "resolution", "closed_at", "booked_at")
#: Outcomes of a try that reached the person.
REACHES = frozenset({Outcome.REACHED, Outcome.CALL_LATER, Outcome.THEY_CALLED})
#: No person of their own waits behind these: only their closing counts. (One that moved closed as a duplicate.)
NOT_COUNTED = frozenset({Resolution.NOT_A_REQUEST, Resolution.DUPLICATE})
CAME_BACK_WITHIN = (14, 30)  # days
MINUTE = datetime.timedelta(minutes=1)


class Figure(models.Model):
    """So many of one kind on one day. What a purged request added to its day stays here."""

    day = models.DateField()
    what = models.CharField(max_length=40)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["day", "what"], name="one_figure_of_a_kind_a_day"),)

    def __str__(self) -> str:
        return f"{self.what} on {self.day}"


# What a request adds to its day -----------------------------------------------------------------------------


def of(request, tries: Sequence, calendar: Calendar, now: datetime.datetime) -> Counter:
    """(day, what) → how often. `request` has FIELDS; `tries`: those that stand, the first one first.

    `now` matters to an open request alone: whether its promise can still be kept.
    """
    kinds = [f"closed:{request.resolution}"] if request.resolution else []
    if request.resolution not in NOT_COUNTED:
        kinds += ["asked", *_promise(request, tries, now), *_first_try(request, tries, calendar)]
        kinds += [*_reaches(tries, calendar), *_came_of_it(request)]
    day = calendar.today(request.asked_at)
    return Counter((day, what) for what in kinds)


def _promise(request, tries: Sequence, now: datetime.datetime) -> Iterator[str]:
    """Nothing while it can still be kept untried, nor where the request ended before it was due."""
    if request.call_by and tries:
        yield "promised"
        if tries[0].made_at <= request.call_by:
            yield "kept"
    elif request.call_by and request.call_by < (request.closed_at or now):
        yield "promised"


def _first_try(request, tries: Sequence, calendar: Calendar) -> Iterator[str]:
    """How long it took, in whole minutes: on the clock, and of those the ones in which the desk is staffed."""
    if tries:
        first = max(tries[0].made_at, request.asked_at)  # what came out of the spool late may have been tried before
        yield f"clock:{(first - request.asked_at) // MINUTE}"
        yield f"staffed:{calendar.staffed(request.asked_at, first) // MINUTE}"


def _reaches(tries: Sequence, calendar: Calendar) -> Iterator[str]:
    """Each try in its hour of the day, those that reached the person too; how many it took to reach them first."""
    for each in tries:
        hour = each.made_at.astimezone(calendar.zone).hour
        yield f"tried:{hour}"
        if each.outcome in REACHES:
            yield f"reached:{hour}"
    took = next((number for number, each in enumerate(tries, 1) if each.outcome in REACHES), None)
    if took:
        yield f"tries:{took}"


def _came_of_it(request) -> Iterator[str]:
    if request.booked_at:
        yield "booked"
    if request.resolution == Resolution.CAME_BACK:
        for days in CAME_BACK_WITHIN:
            if request.closed_at - request.asked_at <= datetime.timedelta(days):
                yield f"back:{days}"


def of_all(requests: Collection, calendar: Calendar, now: datetime.datetime) -> Counter:
    """What these add together; one query for all their tries."""
    tries, added = defaultdict(list), Counter()
    standing = ContactAttempt.objects.standing().filter(request__in=[request.pk for request in requests])
    for each in standing.order_by("made_at", "pk").values_list("request_id", "outcome", "made_at", named=True):
        tries[each.request_id].append(each)
    for request in requests:
        added.update(of(request, tries[request.pk], calendar, now))
    return added


# What is kept -----------------------------------------------------------------------------------------------


def keep(requests: Collection, now: datetime.datetime) -> None:
    """Add what these requests, which are about to be deleted in this transaction, were counted as.

    Staffed minutes are those of the hours that the clinic has now.
    """
    added = of_all(requests, Calendar(facts.current()), now)
    # In one order, so that two who keep at once wait for each other and never both. The ORM cannot add on a conflict.
    rows = [(connection.ops.adapt_datefield_value(day), what, added[day, what]) for day, what in sorted(added)]
    table = Figure._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (day, what, count) VALUES (%s, %s, %s) "  # noqa: S608 (no value in it)
            f"ON CONFLICT (day, what) DO UPDATE SET count = {table}.count + excluded.count",
            rows,
        )


def kept(first: datetime.date) -> Counter:
    """What was kept of the days from `first` on."""
    rows = Figure.objects.filter(day__gte=first).values_list("day", "what", "count")
    return Counter({(day, what): count for day, what, count in rows})


# What they come to ------------------------------------------------------------------------------------------


def histogram(counts: Counter, kind: str) -> Counter:
    """Of keys like `clock:37`, over all days: 37 → how often."""
    found = Counter()
    for (_, what), count in counts.items():
        name, _, number = what.partition(":")
        if name == kind:
            found[int(number)] += count
    return found


def within(found: Counter, percent: int) -> int | None:
    """The smallest number within which so many percent of them are; 50: the median. None where there are none."""
    left = -(-found.total() * percent // 100)
    for number in sorted(found):
        left -= found[number]
        if left <= 0:
            return number
    return None
