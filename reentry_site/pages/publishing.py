"""When the content folder changes: build the next edition, keep the last good pages, swap it in whole.

A thread of its own does it, so that no reader waits. It starts when pages are first asked for: after a fork.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from reentry_site.facts import FILE
from reentry_site.pages import delivery, drawing, edition, last_changed, last_good, pictures, warm_start
from reentry_site.pages.drawing import Published
from reentry_site.pages.edition import Edition, NoFacts
from reentry_site.pages.faults import Fault
from reentry_site.pages.warm_start import Stamps

log = logging.getLogger(__name__)

#: A change is published once it has stayed the same for one look: editors write in place, and a half is not a page.
LOOK_EVERY_SECONDS = 0.5


def publish(
    folder: Path,
    last: Edition | None = None,
    still_changing: frozenset[str] = frozenset(),
    before: Published | None = None,
) -> Published:
    """Build and finish the folder as it is now. Raises NoFacts where neither the folder nor `last` has facts.

    `before`: what this process has drawn last; what changes no page's words is not drawn again.
    """
    built, faults = edition.build(folder, last, still_changing)
    return Published(built, drawing.finish(built, before), tuple(faults))


class Publisher:
    """Watches one content folder for one process. `kept`: where the last good pages lie.

    `deliver` is given each edition that is published while the folder is watched.
    """

    def __init__(self, folder: Path, kept: Path, deliver: Callable[[Published], None] = lambda published: None) -> None:
        self.folder, self.kept, self._deliver = folder, kept, deliver
        self._lock = threading.Lock()
        self._published: Published | None = None
        self._seen: Stamps = {}
        self._done: Stamps = {}
        self._watching = False

    def current(self) -> Published:
        """What is published. Builds only when nothing is yet. Raises NoFacts where nothing can be."""
        if self._published is None:
            with self._lock:
                if self._published is None:
                    self._seen = self._done = _stamps(self.folder)
                    self._published = warm_start.read(self.kept, self._done)
                    if self._published is None:
                        self._published = publish(self.folder, last_good.read(self.kept))
                        self._keep()
        return self._published

    def watch(self) -> None:
        """Deliver what there is, then look for changes from now on, in a thread that ends with the process."""
        with self._lock:
            if self._watching:
                return
            self._watching = True
        try:
            self._deliver(self.current())
        finally:
            threading.Thread(target=self._look_on, name="content", daemon=True).start()

    def _look_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_EVERY_SECONDS):
            try:
                self.look()
            except Exception:  # readers keep what they have, and the next look tries again
                log.exception("the content could not be published")

    def look(self) -> bool:
        """Publish what has changed and stayed so since the last look. True when something was."""
        current = self.current()
        before, self._seen = self._seen, _stamps(self.folder)
        changed = {file for file in self._seen | self._done if self._seen.get(file) != self._done.get(file)}
        still_changing = {file for file in changed if self._seen.get(file) != before.get(file)}
        if not changed - still_changing and not current.edition.is_due(edition.right_now()):
            return False
        last = last_good.newest(self.kept, current.edition)
        published = publish(self.folder, last, frozenset(still_changing), current)
        # Only now: a change whose publishing failed half-way is tried again at the next look.
        settled = {file: stamp for file, stamp in self._seen.items() if file not in still_changing}
        self._done = settled | {file: self._done[file] for file in still_changing & self._done.keys()}
        if published.finished:  # see _keep
            self._published = published
            self._keep()
            self._deliver(published)
        return True

    def _keep(self) -> None:
        # A folder that is empty for a moment (a sync, a checkout) is no decision to take every page down.
        if not self._published.finished:
            return
        try:
            last_good.keep(self.kept, self._published.edition)
            last_changed.keep(self.kept, self._published.edition)
            warm_start.keep(self.kept, self._done, self._published)  # last: it says that all of this is done
        except (OSError, ValueError):  # a full disk or an odd file name keeps no reader from what is published
            log.exception("the last good pages could not be kept")


def _stamps(folder: Path) -> Stamps:
    """File → its times, size and inode, for all that pages are made of. The second time cannot be set by hand."""
    stamps = {}
    for path in [*folder.rglob("*.md"), folder / FILE, *(folder / file for file in pictures.files(folder))]:
        try:
            its = path.stat()
        except OSError:  # gone between the listing and here
            continue
        stamps[path.relative_to(folder).as_posix()] = (its.st_mtime_ns, its.st_ctime_ns, its.st_size, its.st_ino)
    return stamps


KEPT = settings.DATA_DIR / "last-good"
_publisher = Publisher(settings.CONTENT_DIR, KEPT, delivery.put_in_place)


def current() -> Published:
    """What readers get now; changes are watched from the first call on."""
    _publisher.watch()
    return _publisher.current()


def faults() -> Sequence[Fault]:
    """What is wrong with the content at the start; nothing is watched yet."""
    try:
        return _publisher.current().faults
    except NoFacts as problem:
        return problem.faults


def is_loaded() -> bool:
    """True when there are pages to show."""
    try:
        return "/" in _publisher.current().finished
    except Exception:  # whatever it is, the answer to "is it ready?" is no
        return False
