"""All pages at one moment, immutable: addresses, menu, and the links between them."""

import datetime
import logging
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import AfterValidator, WrapSerializer

from reentry_site.facts import FILE, Facts
from reentry_site.pages import anchors, checks, page, pictures
from reentry_site.pages.checks import FAQ, Known
from reentry_site.pages.faults import Fault, error
from reentry_site.pages.page import Page
from reentry_site.pages.pictures import Picture

log = logging.getLogger(__name__)

#: For editors, beside the pages; not a page.
NOT_A_PAGE = {"README.md"}


Key, Value = TypeVar("Key"), TypeVar("Value")
#: A mapping that nobody changes, also when it was read from a file.
Fixed = Annotated[
    Mapping[Key, Value],
    AfterValidator(MappingProxyType),
    WrapSerializer(lambda mapping, write: write(dict(mapping))),
]


@dataclass(frozen=True)
class MenuItem:
    label: str
    path: str


@dataclass(frozen=True)
class Edition:
    """All that readers get at one moment.

    `pages`: address → page, those that are public now. `forwards`: old address → where it leads. `moved`: the part of
    them that follows from files that were renamed. `gone`: address → its old file, for those that lead nowhere now.
    `lost`: the same of headings, address#anchor → the anchor that took its place, or "".
    `older`: files that stand as they were before, because of a fault or a save that goes on. `next_change`: when a page
    begins, ends or is due for review by its own clock. `facts_text`: the facts as they were typed. `pictures`: name →
    each that a public page shows.
    """

    pages: Fixed[str, Page]
    facts: Facts
    facts_text: str
    pictures: Fixed[str, Picture] = field(default_factory=dict)
    forwards: Fixed[str, str] = field(default_factory=dict)
    moved: Fixed[str, str] = field(default_factory=dict)
    gone: Fixed[str, str] = field(default_factory=dict)
    lost: Fixed[str, str] = field(default_factory=dict)
    older: frozenset[str] = frozenset()
    next_change: datetime.datetime | None = None

    def is_due(self, now: datetime.datetime) -> bool:
        """A page has begun or ended by its own clock since."""
        return self.next_change is not None and self.next_change <= now

    @cached_property
    def menu(self) -> list[MenuItem]:
        named = sorted((each for each in self.pages.values() if each.menu), key=lambda each: each.order)
        return [MenuItem(each.menu, each.path) for each in named]

    @cached_property
    def _below(self) -> dict[str, list[Page]]:
        found: dict[str, list[Page]] = {}
        for each in sorted(self.pages.values(), key=lambda each: (each.order, each.title)):
            found.setdefault(each.parent, []).append(each)
        return found

    def children(self, of: Page) -> list[Page]:
        """The pages one step below a page's address, in their order; the front page lists none."""
        return self._below.get(of.path, []) if of.path != "/" else []

    def questions(self, of: Page) -> list:
        """The sections of the FAQ that a page shows by their anchors."""
        answers = {section.id: section for section in self.pages[FAQ].sections} if FAQ in self.pages else {}
        return [answers[anchor] for anchor in of.questions if anchor in answers]


class NoFacts(ValueError):
    """facts.yaml was never readable: no page can be right without it. `faults` say what is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def right_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def build(
    folder: Path,
    last: Edition | None = None,
    still_changing: Set[str] = frozenset(),
    now: datetime.datetime | None = None,
    before_their_day: bool = False,
) -> tuple[Edition, list[Fault]]:
    """Read the folder into an edition. A file with an error keeps the page it had in `last`, if any. Raises NoFacts.

    `still_changing`: files that somebody is saving just now; they keep what they had too, without a fault.
    `before_their_day`: drafts, and pages that are to begin later, are among the pages; for a preview.
    """
    now = now or right_now()
    facts, facts_text, faults = _facts(folder, last, FILE in still_changing)
    older = {FILE} if faults or FILE in still_changing else set()
    kept = {each.file: each for each in last.pages.values()} if last else {}
    read: dict[str, Page | None] = {}
    for file in files(folder):
        same = kept.get(file) if last and facts == last.facts else None
        read[file], found = (None, []) if file in still_changing else read_file(folder, file, facts, same)
        faults += found
    for file in still_changing - read.keys() & kept.keys():
        read[file] = None  # gone, perhaps for a moment only

    moved = dict(last.moved if last else {}) | _moves(read, kept)
    good = [each for each in read.values() if each]
    before = last.pictures if last else {}
    seen = pictures.read(folder, before, still_changing)
    known = _known(read, moved, now, facts, before_their_day, seen)
    chosen: list[Page] = []
    for file, each in read.items():
        found = checks.of_page(each, known) + checks.of_aliases(each, known.pages) if each else []
        faults += found
        broken = any(fault.severity == "error" for fault in found)
        if broken or each is None:
            older.add(file)
            each = kept.get(file)
        if each:
            chosen.append(each)
    pages = {each.path: each for each in chosen if each.is_public(now, before_their_day)}
    shown = pictures.shown({each.address for page in pages.values() for each in page.pictures}, seen, before)
    older |= {f"{pictures.FOLDER}/{name}" for name in shown if shown[name] is not seen.get(name)}
    forwards = _forwards(chosen, pages, moved, now)
    gone = _gone(last, pages, forwards)
    lost = _lost(last, pages, forwards, moved, gone)
    faults += [checks.of_gone(path, file) for path, file in gone.items()]
    faults += checks.of_lost(lost, pages)
    frozen = map(MappingProxyType, (shown, forwards, moved, gone, lost))
    next_change = _next_change([*chosen, *good], now, facts)
    built = Edition(MappingProxyType(pages), facts, facts_text, *frozen, frozenset(older), next_change)
    return built, sorted(faults)


def _known(
    read: Mapping[str, Page | None],
    moved: Mapping[str, str],
    now: datetime.datetime,
    facts: Facts,
    before_their_day: bool,
    seen: Mapping[str, Picture | Fault],
) -> Known:
    good = [each for each in read.values() if each]
    public = {each.path: each for each in good if each.is_public(now, before_their_day)}
    return Known(
        public,
        drafts={each.path for each in good if each.draft or each.is_waiting(now)} - public.keys(),
        unpublished={page.address(file) for file, each in read.items() if each is None},
        forwards=_forwards(good, public, moved, now),
        today=now.astimezone(facts.zone).date(),
        pictures=seen,
    )


def _moves(read: Mapping[str, Page | None], kept: Mapping[str, Page]) -> dict[str, str]:
    """Old address → new one, for files that were renamed or moved with their text unchanged."""
    came = {each.text: each.path for file, each in read.items() if each and file not in kept}
    return {each.path: came[each.text] for file, each in kept.items() if file not in read and each.text in came}


def _forwards(
    of: Iterable[Page], pages: Mapping[str, Page], moved: Mapping[str, str], now: datetime.datetime
) -> dict[str, str]:
    """Old address → where it leads in one step; what ends in a circle or nowhere is left out."""
    steps = dict(moved)
    for each in of:
        steps |= dict.fromkeys(each.aliases, each.path) if each.path in pages else {}
        if each.forward_to and each.has_ended(now):
            steps[each.path] = each.forward_to
    found = {}
    for start, target in steps.items():
        passed = {start}
        while target in steps and target not in pages and target not in passed:
            passed.add(target)
            target = steps[target]
        if start not in pages and (target.partition("#")[0] in pages or checks.stands_elsewhere(target)):
            found[start] = target
    return found


def _gone(last: Edition | None, pages: Mapping[str, Page], forwards: Mapping[str, str]) -> dict[str, str]:
    """Addresses that were public and lead nowhere now; one that ended by its own clock is no surprise."""
    were = (
        dict(last.gone) | {path: each.file for path, each in last.pages.items() if not each.expires_at} if last else {}
    )
    return {path: file for path, file in were.items() if path not in pages and path not in forwards}


def _lost(
    last: Edition | None,
    pages: Mapping[str, Page],
    forwards: Mapping[str, str],
    moved: Mapping[str, str],
    gone: Mapping[str, str],
) -> dict[str, str]:
    """Anchors that lead nowhere on their page, or with it, and that no alias of the page lets go."""
    found = {}
    for address, heir in (anchors.vanished(last.lost, last.pages, pages, moved) if last else {}).items():
        path, _, anchor = address.partition("#")
        missing = anchor not in pages[path].anchors if path in pages else path in gone
        if missing and forwards.get(address) != path:
            found[address] = heir
    return found


def _next_change(of: Iterable[Page], now: datetime.datetime, facts: Facts) -> datetime.datetime | None:
    """When a page begins or ends, or the day of its review has passed."""
    moments = {moment for each in of for moment in (each.publish_at, each.expires_at, _overdue(each, facts))}
    return min((moment for moment in moments if moment and moment > now), default=None)


def _overdue(page: Page, facts: Facts) -> datetime.datetime | None:
    """The first moment, on the clinic's clock, after the day by which a page was to be read again."""
    if page.next_review in {None, datetime.date.max}:  # the last day there is has no next one
        return None
    return datetime.datetime.combine(page.next_review + datetime.timedelta(days=1), datetime.time(), facts.zone)


def _facts(folder: Path, last: Edition | None, still_changing: bool) -> tuple[Facts, str, list[Fault]]:
    """The folder's facts with their text; the last good ones where it has a fault or is being saved."""
    if last and still_changing:
        return last.facts, last.facts_text, []
    facts, faults = checks.read_facts(folder)
    if facts:
        return facts, (folder / FILE).read_text(encoding="utf-8"), []
    if last is None:
        raise NoFacts(faults)
    return last.facts, last.facts_text, faults


def files(folder: Path) -> list[str]:
    """Every content file's name relative to the folder."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    return sorted(name for name in names if not Path(name).name.startswith(".") and name not in NOT_A_PAGE)


def read_file(folder: Path, file: str, facts: Facts, same: Page | None = None) -> tuple[Page | None, list[Fault]]:
    """One file's page or faults. Whatever goes wrong with a file is that file's fault and holds back no other.

    `same`: the page as it was read before with these facts, which stands while its text does.
    """
    path = folder / file
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return None, [
                error(file, 1, "outside", "This file leads out of the content folder. Put the file itself here.")
            ]
        if path.stat().st_size > checks.MOST_BYTES:
            return None, [checks.too_large(file)]
        text = path.read_text(encoding="utf-8")
        return (same, list(same.found)) if same and same.text == text else read_text(text, file, facts)
    except UnicodeDecodeError:
        return None, [checks.not_text(file)]
    except OSError as problem:
        return None, [error(file, 1, "unreadable", f"The file cannot be read: {problem.strerror}.")]


def read_text(text: str, file: str, facts: Facts) -> tuple[Page | None, list[Fault]]:
    """One page's text, wherever it comes from."""
    try:
        return page.read(text, file, facts)
    except Exception:  # a parser's own bug, on text that nobody thought of
        log.exception("a page cannot be read")
        message = "This page cannot be read. Take out what you put in last."
        return None, [error(file, 1, "unreadable", message)]
