"""What is done beside the requests of the web: the spool is drained, staff are told, what is past keeping is purged.

Work is found from the rows' own state, so that any round may be cut short and two sweepers do no harm.
"""

import datetime
import itertools
import logging
import time
from collections.abc import Callable

from django.utils import timezone

from intake import accepting, heartbeat, keeping, notifications, spool, standing, traces, vault, visits
from intake.answers import Answers
from intake.heartbeat import Heartbeat
from intake.models import CallbackRequest
from reentry_site.record import daily

log = logging.getLogger(__name__)

#: Between two rounds (seconds).
EVERY = 5
MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


class Sweeper:
    """One process's rounds. A part that fails is said once, until it works again, and keeps no other from running."""

    def __init__(self) -> None:
        # Mail comes last, because a mail server may keep it waiting.
        self._parts: dict[Callable[[datetime.datetime], object], float] = {
            _drain: 0,
            keeping.purge: HOUR,
            traces.wipe: HOUR,
            visits.bring_up: MINUTE,
            _ask_again: MINUTE,
            self._look: MINUTE,
            self._beat: MINUTE,
            daily.forget_old: HOUR,
            daily.say_head: DAY,
            notifications.send: 0,
        }
        self._due = dict.fromkeys(self._parts, 0.0)
        self._failing: set[Callable] = set()
        self._found = Heartbeat(at=timezone.now())

    def round(self) -> bool:
        """Do what is due. False where some part of it failed."""
        for part, seconds in self._parts.items():
            if time.monotonic() >= self._due[part]:
                self._due[part] = time.monotonic() + seconds
                self._do(part)
        return not self._failing

    def _do(self, part: Callable) -> None:
        try:
            part(timezone.now())
        except Exception:
            if part not in self._failing:
                log.exception("a part of the sweeper failed")
            self._failing.add(part)
        else:
            self._failing.discard(part)

    def _look(self, now: datetime.datetime) -> None:
        self._found.cannot_open = sum(not opens for opens in _opens())
        self._found.mail_failing_since = notifications.failing_since()

    def _beat(self, now: datetime.datetime) -> None:
        """Also where the database is away: then with what was found last."""
        self._found.at = now
        heartbeat.write(self._found)


def _drain(now: datetime.datetime) -> None:
    accepting.drain()


def _ask_again(now: datetime.datetime) -> None:
    for request in list(CallbackRequest.objects.to_ask_again(now)):
        standing.come_back(request, now)


def _opens():
    """Of each version of an open request, and of each row in the spool: whether a key opens it."""
    stored = Answers.objects.filter(request__in=CallbackRequest.objects.open()).only("id", "sealed").iterator()
    for row in itertools.chain(stored, spool.rows()):
        try:
            vault.open_sealed(row.sealed, row.id)
        except vault.CannotOpen:
            yield False
        else:
            yield True
