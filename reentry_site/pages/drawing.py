"""Finished pages: each drawn once, when it is published. Nothing is opened, parsed or queried for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.template.loader import render_to_string

from reentry_site.pages import pictures, structured_data
from reentry_site.pages.checks import FAQ
from reentry_site.pages.edition import Edition, Fixed
from reentry_site.pages.faults import Fault
from reentry_site.pages.page import Page


@dataclass(frozen=True)
class Published:
    """An edition with its finished pages, and the faults of the files it was built from."""

    edition: Edition
    finished: Fixed[str, bytes]
    faults: tuple[Fault, ...]


def finish(edition: Edition, before: Published | None = None) -> Mapping[str, bytes]:
    """Address → the page's bytes, for every page of an edition; what was drawn from the same values stands."""
    finished = {}
    for path, page in edition.pages.items():
        context = _whole_context_of(edition, page)
        drawn = before.edition.pages.get(path) if before else None
        if drawn and context == _whole_context_of(before.edition, drawn):
            finished[path] = before.finished[path]
        else:
            html = render_to_string(f"pages/{page.kind}.html", context)
            finished[path] = pictures.put_in(html, context["sizes"]).encode()
    return MappingProxyType(finished)


def context_of(edition: Edition, page: Page) -> dict:
    """All that a page's template is given: values, never the edition, so that the same values draw the same page."""
    return {
        "clinic": edition.facts,
        "menu": edition.menu,
        "page": page,
        "path": page.path,
        "children": edition.children(page),
        "questions": edition.questions(page),
        "faq_path": FAQ,
    }


def _whole_context_of(edition: Edition, page: Page) -> dict:
    sizes = {name: edition.pictures[name].size for name in _shown_on(edition, page) & edition.pictures.keys()}
    return context_of(edition, page) | structured_data.context_of(edition, page) | {"sizes": sizes}


def _shown_on(edition: Edition, page: Page) -> set[str]:
    """The names of its pictures, and of those in the answers that it shows."""
    sources = [page, edition.pages[FAQ]] if page.questions and FAQ in edition.pages else [page]
    return {shown.address for source in sources for shown in source.pictures}
