"""A page before it is public: judged and drawn as it would be, for whoever has the link. Nothing of it is kept, and
nothing of it gets among the finished pages."""

import dataclasses
import datetime
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from reentry_site.facts import FILE
from reentry_site.pages import checks, drawing, edition, pictures, publishing, views
from reentry_site.pages.checks import Known
from reentry_site.pages.faults import Fault, told
from reentry_site.pages.page import Page, address
from reentry_site.pages.pictures import Picture
from reentry_site.pages.publishing import Published

SALT = "page-preview"


def judge(
    page: Page | None, faults: list[Fault], folder: Path, published: Published
) -> tuple[Page | None, list[Fault]]:
    """A page that was read, with all its faults: its own, and those between it and what is published."""
    if page is None:
        return None, sorted(faults)
    now = edition.right_now()
    pages = {path: each for path, each in published.edition.pages.items() if each.file != page.file}
    public = pages | {page.path: page} if page.is_public(now) else pages
    held_back = {fault.file for fault in published.faults if fault.severity == "error"} - {page.file}
    others = [each for each in edition.files(folder) if each != page.file and address(each) not in pages]
    hidden = [edition.read_file(folder, each, published.edition.facts)[0] for each in others if each not in held_back]
    known = Known(
        public,
        drafts={each.path for each in hidden if each and (each.draft or each.is_waiting(now))},
        unpublished={address(each) for each in held_back},
        forwards=published.edition.forwards,
        today=now.astimezone(published.edition.facts.zone).date(),
        pictures=pictures.read(folder, published.edition.pictures),
    )
    return page, sorted([*faults, *checks.of_page(page, known), *checks.of_aliases(page, public)])


def draw(page: Page, published: Published, pictures_root: str, **context) -> str:
    """The real page among the published ones, under a banner that says what it is.

    `pictures_root`: where whoever sees it gets the pictures of the content folder, which are not public either.
    """
    pages = {path: each for path, each in published.edition.pages.items() if each.file != page.file}
    next_edition = dataclasses.replace(published.edition, pages=MappingProxyType(pages | {page.path: page}))
    context |= drawing.context_of(next_edition, page) | {"layout": f"pages/{page.kind}.html"}
    html = render_to_string("pages/preview.html", context)
    sizes = {name: each.size for name, each in _pictures_of(page, published).items()}
    return pictures.put_in(html, sizes, pictures_root)


def _pictures_of(page: Page, published: Published) -> dict[str, Picture]:
    """Those that a page shows, as they lie in the folder, and those that are public."""
    names = {each.address for each in page.pictures}
    lying = pictures.good(settings.CONTENT_DIR, published.edition.pictures)
    return {**published.edition.pictures, **{name: each for name, each in lying.items() if name in names}}


# The link -------------------------------------------------------------------------------------------------------


def sign(salt: str, **what) -> tuple[str, datetime.datetime]:
    """A token, and when it ends. It is kept nowhere: the signature is all there is."""
    made = int(time.time())
    return signing.dumps(what | {"made": made}, salt=salt), _ends(made)


def opened(token: str, salt: str) -> tuple[dict, datetime.datetime] | None:
    """What a token stands for and when it ends, while it can be opened."""
    try:
        content = signing.loads(token, salt=salt, max_age=settings.PREVIEW_SECONDS)
    except signing.BadSignature:
        return None
    return content, _ends(content["made"])


def _ends(made: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(made + settings.PREVIEW_SECONDS, datetime.UTC)


def new_link(file: str) -> tuple[str, datetime.datetime]:
    """The address of one page's preview, and when it ends."""
    token, ends = sign(SALT, file=file)
    return reverse("pages:preview", args=[token]), ends


def _read(token: str) -> tuple[str, datetime.datetime] | None:
    """The file and the end that a link stands for; a file that is gone ends it."""
    content, ends = opened(token, SALT) or ({}, None)
    return (content["file"], ends) if content and content["file"] in edition.files(settings.CONTENT_DIR) else None


@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """A link that has ended, was changed or never was gives one same page (410)."""
    found = _read(token)
    if found is None:
        return ended()
    file, ends = found
    before = _stamp(file)  # taken first: what changes while the page is drawn is seen by the next look
    published = publishing.current()
    clinic = published.edition.facts
    page, faults = judge(*edition.read_file(settings.CONTENT_DIR, file, clinic), settings.CONTENT_DIR, published)
    context = {
        "ends": ends.astimezone(clinic.zone),
        "stamp": before,
        "stamp_url": reverse("pages:preview_stamp", args=[token]),
        "told": told([fault for fault in faults if fault.severity == "error"], settings.CONTENT_DIR),
    }
    if page is None:
        return private(render(None, "pages/preview.html", context | {"layout": "base.html"}))
    root = reverse("pages:preview_picture", args=[token, "x"]).removesuffix("x")
    return private(HttpResponse(draw(page, published, root, **context)))


@require_safe
def picture(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A picture for whoever has the link to a page that shows it."""
    found = _read(token)
    if found is None:
        return ended()
    published = publishing.current()
    page, _ = edition.read_file(settings.CONTENT_DIR, found[0], published.edition.facts)
    return private(views.send(_pictures_of(page, published) if page else {}, name))


@require_safe
def stamp(request: HttpRequest, token: str) -> HttpResponse:
    """Changes when the file does. The open preview asks for it every two seconds."""
    found = _read(token)
    return stamp_answer(_stamp(found[0]) if found else None)


def _stamp(file: str) -> str:
    return stamp_of([file, FILE, *pictures.files(settings.CONTENT_DIR)])


def stamp_of(files: Iterable[str]) -> str:
    """What tells one saved state of these files from the next."""
    states = []
    for each in files:
        try:
            found = (settings.CONTENT_DIR / each).stat()
            states.append((each, found.st_mtime_ns, found.st_size, found.st_ino))
        except OSError:  # gone for a moment: a state too
            states.append((each,))
    return hashlib.sha256(repr(states).encode()).hexdigest()[:16]


def stamp_answer(stamp: str | None) -> HttpResponse:
    return private(HttpResponse(stamp or "", status=200 if stamp else 410, content_type="text/plain"))


def ended() -> HttpResponse:
    return private(render(None, "pages/preview_ended.html", status=410))


def private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
