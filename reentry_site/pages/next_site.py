"""The whole next site, for whoever has the link: every file as it is now, drafts and pages before their day included.

Its pages lead to each other, never to the public ones. Nothing of it gets among the finished pages.
"""

import re
import threading
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from reentry_site.facts import FILE
from reentry_site.pages import drawing, edition, pictures, preview, publishing, views
from reentry_site.pages.edition import Edition
from reentry_site.pages.faults import Fault, told
from reentry_site.pages.page import Page, address
from reentry_site.pages.publishing import Published

SALT = "next-site-preview"
_LINK = re.compile(r'(<a\b[^>]*?\shref=")(/[^"#?]*)')


class NotYet(NamedTuple):
    """What readers do not have yet, and why. `address`: where it stands in the preview; facts stand nowhere."""

    name: str
    address: str
    why: str


class _Latest:
    """The next edition and its faults, built once for each state of the folder. Only the last one is held."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[str, Published] | None = None
        self._built: tuple[Edition, list[Fault]] | None = None

    def of(self, state: str, published: Published) -> tuple[Edition, list[Fault]]:
        with self._lock:
            if self._of is None or self._of[0] != state or self._of[1] is not published:
                built = edition.build(settings.CONTENT_DIR, published.edition, before_their_day=True)
                self._of, self._built = (state, published), built
            return self._built


_latest = _Latest()


def new_link() -> tuple[str, datetime]:
    """The address of the preview's front page, and when it ends."""
    token, ends = preview.sign(SALT)
    return reverse("pages:next_site", args=[token]), ends


@require_safe
def show(request: HttpRequest, token: str, path: str = "") -> HttpResponse:
    """One page of it, or its "not found"; an old address leads on inside."""
    if (found := preview.opened(token, SALT)) is None:
        return preview.ended()
    state = _state()  # taken first: what changes while the page is drawn is seen by the next look
    published = publishing.current()
    site, faults = _latest.of(state, published)
    front = reverse("pages:next_site", args=[token])
    at = f"/{path}/" if path else "/"
    if target := site.forwards.get(at):
        return preview.private(HttpResponseRedirect(_inside(target, front)))
    context = {
        "whole_site": True,
        "ends": found[1].astimezone(site.facts.zone),
        "stamp": state,
        "stamp_url": reverse("pages:next_site_stamp", args=[token]),
        "not_yet": _not_yet(site, faults, published.edition),
    }
    stopped = [fault for fault in faults if fault.severity == "error" and address(fault.file) == at]
    html = _draw(site, site.pages.get(at), stopped, published.edition, context)
    drawn = pictures.put_in(
        html, {name: each.size for name, each in site.pictures.items()}, f"{front}{pictures.FOLDER}/"
    )
    inside = _LINK.sub(lambda match: match[1] + _inside(match[2], front), drawn)
    return preview.private(HttpResponse(inside, status=200 if at in site.pages or stopped else 404))


def _draw(site: Edition, page: Page | None, stopped: list[Fault], public: Edition, context: dict) -> str:
    """The real page, what to fix before there is one, or "not found"; each under the banner."""
    context |= {"clinic": site.facts, "menu": site.menu, "told": told(stopped, settings.CONTENT_DIR)}
    if page:
        context |= drawing.context_of(site, page)
        context |= {"layout": f"pages/{page.kind}.html", "why": _why(page, site, public)}
    else:
        context["layout"] = "base.html" if stopped else "404.html"
    return render_to_string("pages/preview.html", context)


@require_safe
def picture(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A picture of any of its pages."""
    if preview.opened(token, SALT) is None:
        return preview.ended()
    site, _ = _latest.of(_state(), publishing.current())
    return preview.private(views.send(site.pictures, name))


@require_safe
def stamp(request: HttpRequest, token: str) -> HttpResponse:
    """Changes when any file does."""
    return preview.stamp_answer(_state() if preview.opened(token, SALT) else None)


def _state() -> str:
    return preview.stamp_of([*edition.files(settings.CONTENT_DIR), FILE, *pictures.files(settings.CONTENT_DIR)])


def _inside(link: str, front: str) -> str:
    """A link to any address that the pages answer for leads into the preview; the form's and all others stay."""
    try:
        is_page = resolve(link.partition("#")[0]).view_name == "pages:show"
    except Resolver404:
        is_page = False
    return front + link.removeprefix("/") if is_page else link


# What the banner says -------------------------------------------------------------------------------------------


def _why(page: Page, site: Edition, public: Edition) -> str:
    """Why readers do not have a page like this now; "" where they do."""
    if page.file in site.older:
        return "has a fault, shown as it was before"
    if page.draft:
        return "a draft"
    if page.is_waiting(edition.right_now()):
        return f"public from {date_format(page.publish_at, 'l, F j, Y, P')}"
    return "kept back while it links to a page that is not public" if page.file in public.older else ""


def _not_yet(site: Edition, faults: list[Fault], public: Edition) -> list[NotYet]:
    listed = [NotYet(page.title, page.path, why) for page in site.pages.values() if (why := _why(page, site, public))]
    shown = {page.file for page in site.pages.values()}
    missing = {fault.file for fault in faults if fault.severity == "error"} - shown - {FILE}
    listed += [NotYet(file, address(file), "has a fault, can’t be shown yet") for file in missing]
    if FILE in site.older:
        listed.append(NotYet(FILE, "", "has a fault, used as it was before"))
    return sorted(listed)
