"""Finished pages: each drawn once, when it is published. Nothing is opened, parsed or queried for a reader."""

from collections.abc import Mapping
from types import MappingProxyType

from django.template.loader import render_to_string

from reentry_site.pages import structured_data
from reentry_site.pages.checks import FAQ
from reentry_site.pages.edition import Edition
from reentry_site.pages.page import Page


def finish(edition: Edition) -> Mapping[str, bytes]:
    """Address → the page's bytes, for every page of an edition."""
    return MappingProxyType(
        {
            path: render_to_string(
                f"pages/{page.kind}.html", context_of(edition, page) | structured_data.context_of(edition, page)
            ).encode()
            for path, page in edition.pages.items()
        }
    )


def context_of(edition: Edition, page: Page) -> dict:
    """What a page's template is given."""
    return {
        "edition": edition,
        "page": page,
        "path": page.path,
        "children": edition.children(page),
        "questions": edition.questions(page),
        "faq_path": FAQ,
    }
