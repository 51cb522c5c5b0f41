"""What is wrong with a header, with the facts, or between pages, in an editor's words."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from django.urls import Resolver404, resolve
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reentry_site import facts as clinic_facts
from reentry_site.facts import FILE, Facts
from reentry_site.pages.faults import Fault, error
from reentry_site.pages.front_matter import FrontMatter

if TYPE_CHECKING:
    from reentry_site.pages.page import Page

FAQ = "/faq/"


@dataclass(frozen=True)
class Known:
    """What the links of a page may lead to. `unpublished`: pages held back by faults of their own."""

    pages: Mapping[str, Page]
    drafts: Set[str]
    unpublished: Set[str]


def of_header(problem: ErrorDetails, header: FrontMatter, file: str) -> Fault:
    key = str(problem["loc"][0])
    line, column = header.places.get(key, (1, 1))
    if problem["type"] == "missing":
        return error(file, 1, f"no-{key}", f"The {key} is missing.", fix=f"Add a line to the header: {key}: …")
    if problem["type"] == "extra_forbidden":
        return error(file, line, "unknown-key", f"There is no key {key!r} for this kind of page.", column=column)
    return error(file, line, "wrong-value", f"The value of {key!r} does not fit: {problem['msg']}.", column=column)


def not_text(file: str) -> Fault:
    return error(file, 1, "not-utf-8", "The file is not UTF-8 text. Save it again as UTF-8.")


def read_facts(folder: Path) -> tuple[Facts | None, list[Fault]]:
    """The folder's facts.yaml, or None and what is wrong with it."""
    try:
        return clinic_facts.parse((folder / FILE).read_text(encoding="utf-8")), []
    except ValidationError as problem:
        return None, [_of_fact(each) for each in problem.errors()]
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        message = "The facts cannot be read here. Look for a missing quote or a line that stands too far in."
        return None, [error(FILE, line, "facts", message)]
    except yaml.YAMLError:
        return None, [error(FILE, 1, "facts-character", "The facts hold a character that cannot be read.")]
    except UnicodeDecodeError:
        return None, [not_text(FILE)]
    except OSError as problem:
        return None, [error(FILE, 1, "no-facts", f"The file with the facts cannot be read: {problem.strerror}.")]


def _of_fact(problem: ErrorDetails) -> Fault:
    key = ".".join(str(part) for part in problem["loc"]) or "facts"
    words = {
        "missing": f"The fact {key!r} is missing.",
        "extra_forbidden": f"There is no fact {key!r}.",
    }.get(problem["type"], f"The fact {key!r} does not fit: {problem['msg'].removeprefix('Value error, ')}.")
    return error(FILE, 1, "fact", words)


def of_page(page: Page, known: Known) -> list[Fault]:
    """What is wrong between this page and the others: links, anchors, the questions it shows."""
    faults = [fault for line, link in page.links if (fault := _of_link(page, line, link, known))]
    answers = known.pages[FAQ].anchors if FAQ in known.pages else page.questions
    return faults + [
        error(page.file, 1, "unknown-question", f"There is no question #{anchor} in faq.md.")
        for anchor in page.questions
        if anchor not in answers
    ]


def _of_link(page: Page, line: int, link: str, known: Known) -> Fault | None:
    path, _, anchor = link.partition("#")
    target = known.pages.get(path) if path else page
    if link.startswith("https://") or path in known.unpublished:
        return None
    if path in known.drafts:
        return error(page.file, line, "link-to-draft", f"{path} is a draft. Readers cannot open it.")
    if target is None and not _stands_elsewhere(path):
        return error(page.file, line, "broken-link", f"There is no page {link} on this site.")
    if target and anchor and anchor not in target.anchors:
        return error(page.file, line, "broken-anchor", f"{path or 'This page'} has no heading #{anchor}.")
    return None


def _stands_elsewhere(path: str) -> bool:
    """An address of this site that is no page, like the form's."""
    try:
        return resolve(path).app_name != "pages"
    except Resolver404:
        return False
