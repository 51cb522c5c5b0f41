"""The named sets of requests: what can be called now, what is overdue, what waits, what is kept no longer."""

import datetime
import functools
import operator

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Case, F, Q, When

from intake import cadence, codes, figures
from intake.words import Daypart, Resolution, Status
from reentry_site import facts
from reentry_site.record import chain
from reentry_site.record.chain import Line

PURGE_BATCH = 100
#: Written as one condition, so that the index which says the same is used.
NEEDS_LOOK = Q(needs_look=True) | Q(restored=True) & ~Q(status="closed")
#: What the record says of each that was purged; its reason is the reference, by which somebody may still ask.
PURGED = "Deleted: past keeping"
#: Why a closed request stays though its days are over; the first that holds is told.
KEPT_LONGER = {
    "on_hold": Q(on_hold=True),
    "to_be_read": Q(needs_look=True),
    "to_be_asked": Q(ask_again_at__isnull=False),
}


class Queue(models.QuerySet):
    """Requests by name of the set, never by a filter written out elsewhere."""

    def open(self):
        return self.exclude(status=Status.CLOSED)

    def in_order(self, now: datetime.datetime, calendar: cadence.Calendar):
        """One fair order for everyone: may be in crisis, called back today, promise broken or the soonest to break,
        then who asked first."""
        today = calendar.start_of(calendar.today(now))
        called_back = Case(When(called_back_at__gte=today, then=0), default=1)
        return self.order_by("-crisis", called_back, F("overdue_from").asc(nulls_last=True), "asked_at", "pk")

    def callable_now(self, now: datetime.datetime, calendar: cadence.Calendar):
        """Due, in a window that the clinic and the person have open now.

        One that may be a crisis stands here at any hour until somebody has talked with the person or closed it.
        """
        window = calendar.open_now(now)
        due = Q(next_try_at__lte=now)
        # Who said when is due then; that somebody's visit has come is asked at any time.
        any_time = Q(**{f"wants_{part}": False for part in Daypart}) | Q(time_agreed=True) | Q(visit_has_come=True)
        in_window = due & (any_time | Q(**{f"wants_{window.daypart}": True})) if window else Q(pk=None)
        crisis = Q(crisis=True) & (Q(status__in=(Status.NEW, Status.TRYING)) | due)
        return self.open().filter(crisis | Q(needs_look=False, restored=False) & in_window)

    def overdue(self, now: datetime.datetime):
        """Requests that need a look keep their clock."""
        return self.open().filter(overdue_from__lte=now)

    def waiting(self, now: datetime.datetime, calendar: cadence.Calendar):
        """Open, and nothing to do about it now: with `callable_now` and `needing_a_look`, every open request."""
        found = self.open().filter(needs_look=False, restored=False)
        return found.exclude(pk__in=self.callable_now(now, calendar).values("pk"))

    def needing_a_look(self):
        """With those that were taken back and may be a crisis: a person reads the note, and nobody is called.

        And with those that came back from a backup, until a supervisor releases each.
        """
        return self.filter(NEEDS_LOOK)

    def untold(self):
        """Those that no mail to staff has told of yet, and that a person has still to do something about."""
        return self.filter(Q(needs_look=True) | ~Q(status=Status.CLOSED), told_at=None)

    def held_by(self, user, now: datetime.datetime):
        return self.open().filter(claimed_by=user, claimed_until__gt=now)

    def asked_between(self, start: datetime.datetime, end: datetime.datetime):
        """Whatever became of them since; `end` itself is out. Who asked first stands first."""
        return self.filter(asked_at__gte=start, asked_at__lt=end).order_by("asked_at", "pk")

    def to_ask_again(self, now: datetime.datetime):
        """Closed, and they agreed to be asked once more about now."""
        return self.filter(status=Status.CLOSED, ask_again_at__lte=now)

    def on_hold(self):
        """A privacy officer keeps them, open ones too: it counts once they are closed."""
        return self.filter(KEPT_LONGER["on_hold"])

    def by_reference(self, typed: str):
        """Typed with or without the hyphen: those that this reference was ever shown for."""
        if (reference := codes.read_reference(typed)) is None:
            return self.none()
        shown = self.filter(versions__codes__reference=reference).values_list("pk", flat=True)
        own = self.filter(reference=reference).values_list("pk", flat=True)
        return self.filter(pk__in={*shown, *own})  # asked one by one: each has an index

    def past_their_days(self, now: datetime.datetime):
        """Closed for as many whole days as a request is kept, by the clinic's calendar.

        So all of a day's come up together at midnight, and what the database left of them is wiped once (traces.py).
        """
        calendar = cadence.Calendar(facts.current())
        closed, spam = (
            Q(closed_at__lt=calendar.start_of(calendar.today(now) - datetime.timedelta(days)))
            for days in (settings.PURGE_AFTER_DAYS, settings.PURGE_SPAM_AFTER_DAYS)
        )
        return self.filter(closed | spam & Q(resolution=Resolution.NOT_A_REQUEST), status=Status.CLOSED)

    def past_keeping(self, now: datetime.datetime):
        """What is deleted now: past their days, and nothing keeps them longer."""
        return self.past_their_days(now).exclude(functools.reduce(operator.or_, KEPT_LONGER.values()))

    def purge(self, now: datetime.datetime, by: int | None = None) -> int:
        """Delete what is past keeping, with all that belongs to it, and say how many requests that were.

        `by`: the account that asked for it. Each goes on the record.

        In batches, each its own transaction, so that nobody who sends a form waits for all of it.
        """
        purged = 0
        while batch := self._purge_some(now, by):
            purged += batch
        return purged

    @transaction.atomic
    def _purge_some(self, now: datetime.datetime, by: int | None) -> int:
        """Locked first: of two sweepers each request is counted and deleted by one."""
        some = self.past_keeping(now).select_for_update().order_by("closed_at", "pk")[:PURGE_BATCH]
        rows = list(some.values_list(*figures.FIELDS, "reference", named=True))
        figures.keep(rows, now)
        self.filter(pk__in=[row.pk for row in rows]).delete()
        chain.write([Line(by, PURGED, row.pk, reason=row.reference) for row in rows])
        return len(rows)


def alone_at(phone_hash: str) -> None:
    """Until this transaction ends nobody else stores or takes a request at this number. SQLite's writers always are."""
    if connection.vendor == "postgresql":
        number = int.from_bytes(bytes.fromhex(phone_hash[:16]), signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
