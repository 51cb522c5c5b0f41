"""Finished pages: each drawn once, when it is published. Nothing is opened, parsed or queried for a reader."""

from collections.abc import Mapping
from types import MappingProxyType

from django.template.loader import render_to_string

from reentry_site.pages.checks import FAQ
from reentry_site.pages.edition import Edition


def finish(edition: Edition) -> Mapping[str, bytes]:
    """Address → the page's bytes, for every page of an edition."""
    finished = {}
    for path, page in edition.pages.items():
        context = {
            "edition": edition,
            "page": page,
            "path": path,
            "children": edition.children(page),
            "questions": edition.questions(page),
            "faq_path": FAQ,
        }
        finished[path] = render_to_string(f"pages/{page.kind}.html", context).encode()
    return MappingProxyType(finished)
