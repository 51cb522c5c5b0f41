"""First visits whose day has come. The day is sealed: the database alone tells nobody when somebody is where."""

import datetime

from intake import cadence, vault
from intake.models import CallbackRequest
from intake.words import Status
from reentry_site import facts


def bring_up(now: datetime.datetime) -> None:
    """Those whose first visit is today come back to the queue late in the day, to say whether they came.

    That is the last staffed daypart of the day, so that who did not come can still be called; a day that has gone by,
    or cannot be read, comes up at once.
    """
    calendar = cadence.Calendar(facts.current())
    ahead = CallbackRequest.objects.filter(status=Status.BOOKED, visit_has_come=False)
    for request in ahead.select_related("visit"):
        try:
            day = request.visit.day if request.visit else calendar.today(now)
        except vault.CannotOpen:
            day = calendar.today(now)
        if day > calendar.today(now):
            continue
        windows = calendar.windows_on(day)
        due = max(windows[-1].start if windows else now, now)
        changes = {"next_try_at": due, "overdue_from": calendar.overdue_from(due), "told_at": None}
        ahead.filter(pk=request.pk, visit=request.visit_id).update(visit_has_come=True, **changes)
