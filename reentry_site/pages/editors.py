"""What an editor sees in the desk: every file with its state and its faults, and a link to show a page to others.

Nothing can be saved here: the words live in the content folder. Who may come in is asked in desk_site.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from reentry_site import facts
from reentry_site.facts import FILE
from reentry_site.pages import edition, next_site, preview, publishing
from reentry_site.pages.faults import Fault, Told, told
from reentry_site.pages.page import Page
from reentry_site.pages.publishing import Published


@dataclass(frozen=True)
class Badge:
    """A state as sign, word and colour (`look` is the CSS class): never by colour alone. The lowest `rank` is worst."""

    rank: int
    sign: str
    word: str
    look: str


NOT_PUBLISHED = Badge(0, "✕", "Not published", "overdue")
LAST_GOOD = Badge(1, "!", "Last good version", "overdue")
GONE = Badge(3, "?", "Gone", "new")
DRAFT = Badge(6, "○", "Draft", "waiting")
WAITS = Badge(6, "○", "Waits for its day", "waiting")
ENDED = Badge(6, "○", "Has ended", "waiting")
LIVE = Badge(7, "✓", "Live", "done")
IN_FORCE = Badge(7, "✓", "In force", "done")
TO_LOOK_AT = Badge(5, "●", "Worth a look", "new")
LINK_BROKEN = Badge(2, "≠", "Link broken", "overdue")
HARD_TO_READ = Badge(4, "≈", "Hard to read", "new")
#: Fault code → what the list says of the page beside where it stands.
NAMED = {
    "broken-link": LINK_BROKEN,
    "broken-anchor": LINK_BROKEN,
    "link-to-draft": LINK_BROKEN,
    "anchor-gone": Badge(3, "?", "Heading gone", "new"),
    "review-due": Badge(3, "?", "Review overdue", "new"),
    "hard-to-read": HARD_TO_READ,
    "long-sentence": HARD_TO_READ,
}


@dataclass(frozen=True)
class Row:
    """One file as the list shows it. `badges`: first where it stands, then what is to be seen to. `notes`: why, when.

    `path`: where readers find it. `can_show`: whether a preview can be made of it.
    """

    file: str
    title: str
    path: str
    badges: tuple[Badge, ...]
    notes: tuple[str, ...]
    told: list[Told]
    can_show: bool

    @property
    def rank(self) -> int:
        return min(badge.rank for badge in self.badges)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every file, worst first."""
    try:
        published = publishing.current()
        rows = _rows(published)
    except edition.NoFacts as problem:
        rows = _rows_without_facts(problem.faults)
    rows = sorted(rows, key=lambda row: (row.rank, row.file))
    context = {"title": "Pages", "rows": rows, "pressing": sum(row.rank <= LINK_BROKEN.rank for row in rows)}
    return TemplateResponse(request, "admin/pages/list.html", context)


def _rows(published: Published) -> list[Row]:
    folder, live = settings.CONTENT_DIR, {each.file: each for each in published.edition.pages.values()}
    files = edition.files(folder)
    gone = {fault.file for fault in published.faults} - {*files, FILE}
    rows = [_row_of_facts([fault for fault in published.faults if fault.file == FILE], LAST_GOOD)]
    for file in (*files, *gone):
        faults = [fault for fault in published.faults if fault.file == file]
        broken = any(fault.severity == "error" for fault in faults)
        page = live.get(file) or (None if broken else edition.read_file(folder, file, published.edition.facts)[0])
        if file in gone:
            stands = GONE
        elif broken:
            stands = LAST_GOOD if page else NOT_PUBLISHED
        else:
            stands = LIVE if file in live else _hidden(page)
        rows.append(
            Row(
                file=file,
                title=page.title if page else "",
                path=page.path if page and file in live else "",
                badges=_badges(stands, faults),
                notes=_notes(stands, page, faults),
                told=told(faults, folder),
                can_show=file not in gone,
            )
        )
    return rows


def _hidden(page: Page | None) -> Badge:
    """A page that has no error and that readers do not have; one that is saved just now is a draft for that moment."""
    if page is None or page.draft:
        return DRAFT
    return WAITS if page.is_waiting(edition.right_now()) else ENDED if page.has_ended(edition.right_now()) else LIVE


def _rows_without_facts(faults: list[Fault]) -> list[Row]:
    why = ("No page can be shown before facts.yaml is put right.",)
    return [
        _row_of_facts(faults, NOT_PUBLISHED),
        *(Row(file, "", "", (NOT_PUBLISHED,), why, [], False) for file in edition.files(settings.CONTENT_DIR)),
    ]


def _row_of_facts(faults: list[Fault], when_broken: Badge) -> Row:
    stands = when_broken if faults else IN_FORCE
    shown = told(faults, settings.CONTENT_DIR)
    return Row(FILE, "Facts of the clinic", "", (stands,), _notes(stands, None, faults), shown, False)


def _badges(stands: Badge, faults: list[Fault]) -> tuple[Badge, ...]:
    named = {NAMED.get(fault.code, stands if fault.severity == "error" else TO_LOOK_AT) for fault in faults} - {stands}
    return stands, *sorted(named, key=lambda badge: badge.rank)


def _notes(stands: Badge, page: Page | None, faults: list[Fault]) -> tuple[str, ...]:
    if stands in {LAST_GOOD, NOT_PUBLISHED, GONE}:
        kept = _kept_since(faults[0].file) if stands == LAST_GOOD else None
        since = (f"Readers see the version of {_said(kept)}",) if kept else ()
        return *since, next((fault.message for fault in faults if fault.severity == "error"), faults[0].message)
    if page and stands == WAITS:
        return (f"From {_said(page.publish_at)}",)
    if page and page.expires_at and stands in {LIVE, ENDED}:
        return (f"Until {_said(page.expires_at)}",)
    return ()


def _kept_since(file: str) -> datetime.datetime | None:
    """Since when readers have had the version that they see; None where that is not known."""
    try:
        saved = (publishing.KEPT / file).stat().st_mtime
    except OSError:
        return None
    return datetime.datetime.fromtimestamp(saved, facts.current().zone)


def _said(moment: datetime.datetime) -> str:
    return date_format(moment, "D, M j, P")


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Make a link that shows one page to whoever has it. Coming here by a link (after signing in again) makes none."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:pages"))
    file = request.POST.get("file", "")
    if file not in edition.files(settings.CONTENT_DIR):
        raise Http404
    return _made(request, "Preview link", *preview.new_link(file), file=file)


@require_http_methods(["GET", "HEAD", "POST"])
def site_link(request: HttpRequest) -> HttpResponse:
    """The same for the whole next site."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:pages"))
    return _made(request, "The whole next site", *next_site.new_link())


def _made(request: HttpRequest, title: str, address: str, ends: datetime.datetime, file: str = "") -> TemplateResponse:
    context = {"title": title, "file": file, "link": request.build_absolute_uri(address), "ends": ends}
    return TemplateResponse(request, "admin/pages/link.html", context)
