"""When the content folder changes: build the next edition, keep the last good pages, swap it in whole."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from reentry_site.pages import delivery, edition
from reentry_site.pages.edition import Edition
from reentry_site.pages.faults import Fault

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Published:
    """An edition with its finished pages, and the faults of the files it was built from."""

    edition: Edition
    finished: Mapping[str, bytes]
    faults: tuple[Fault, ...]


class _Publisher:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._published: Published | None = None
        self._stamp: object = None
        self._looked_at = 0.0

    def current(self, folder: Path) -> Published:
        """What is published. Looks at the folder at most once a second; only one reader at a time waits for a build."""
        if self._published and time.monotonic() - self._looked_at < LOOK_EVERY_SECONDS:
            return self._published
        if not self._lock.acquire(blocking=self._published is None):
            return self._published
        try:
            self._looked_at = time.monotonic()
            stamp = _stamp(folder)
            if stamp != self._stamp or self._published is None:
                self._stamp = stamp
                self._published = self._next(folder)
            return self._published
        finally:
            self._lock.release()

    def _next(self, folder: Path) -> Published:
        """The folder as it is now. While that cannot be, readers keep what they had."""
        try:
            published = publish(folder, self._published)
        except Exception:
            if self._published is None:
                raise
            log.exception("the content could not be published")
            return self._published
        # A folder that is gone or empty for a moment (a sync, a checkout) is no decision to take every page down.
        return published if published.finished or self._published is None else self._published


def publish(folder: Path, last: Published | None = None) -> Published:
    """Build and finish the folder as it is now."""
    built, faults = edition.build(folder, last.edition if last else None)
    return Published(built, delivery.finish(built), tuple(faults))


def _stamp(folder: Path) -> frozenset:
    files = [*folder.rglob("*.md"), folder / "facts.yaml"]
    return frozenset((str(file), *_times(file)) for file in files)


def _times(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:  # gone between the listing and here
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


_publisher = _Publisher()


def current() -> Published:
    """What readers get now. Raises only where facts.yaml was never readable."""
    return _publisher.current(settings.CONTENT_DIR)


def is_loaded() -> bool:
    """True when there are pages to show."""
    try:
        return "/" in current().finished
    except Exception:  # whatever it is, the answer to "is it ready?" is no
        return False
