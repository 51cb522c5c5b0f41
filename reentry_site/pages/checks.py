"""What is wrong with a header, with the facts, or between pages, in an editor's words."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reentry_site import yaml_text
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
    return error(file, line, "wrong-value", f"The value of {key!r} does not fit: {_why(problem)}.", column=column)


def _why(problem: ErrorDetails) -> str:
    """A schema's reason in an editor's words; our own validators speak them already."""
    return {
        "value_error": str(problem["msg"]).removeprefix("Value error, "),
        "string_too_short": "it is empty",
        "string_type": "write words, not a list or keys",
        "tuple_type": "write a list, one thing a line, each behind a hyphen",
        "int_parsing": "write a whole number",
        "date_from_datetime_parsing": "write a day that exists, like 2030-01-31",
        "date_parsing": "write a day that exists, like 2030-01-31",
        "literal_error": f"write {problem.get('ctx', {}).get('expected', 'one of the known words')}",
    }.get(problem["type"], "look at the example beside it")


def not_text(file: str) -> Fault:
    return error(file, 1, "not-utf-8", "The file is not UTF-8 text. Save it again as UTF-8.")


def read_facts(folder: Path) -> tuple[Facts | None, list[Fault]]:
    """The folder's facts.yaml, or None and what is wrong with it."""
    try:
        read = yaml_text.read((folder / FILE).read_text(encoding="utf-8"))
        if read.problems:
            return None, [error(FILE, p.line, p.code, p.message, column=p.column, fix=p.fix) for p in read.problems]
        return Facts.model_validate(read.values), []
    except ValidationError as problem:
        return None, [_of_fact(each, read.places) for each in problem.errors()]
    except UnicodeDecodeError:
        return None, [not_text(FILE)]
    except OSError as problem:
        return None, [error(FILE, 1, "no-facts", f"The file with the facts cannot be read: {problem.strerror}.")]


def _of_fact(problem: ErrorDetails, places: Mapping[str, tuple[int, int]]) -> Fault:
    key = ".".join(str(part) for part in problem["loc"])
    line, column = places.get(str(problem["loc"][0]), (1, 1))
    words = {
        "missing": f"The fact {key!r} is missing.",
        "extra_forbidden": f"There is no fact {key!r}.",
    }.get(problem["type"], f"The fact {key!r} does not fit: {_why(problem)}.")
    return error(FILE, line, "fact", words, column=column)


def of_page(page: Page, known: Known) -> list[Fault]:
    """What is wrong between this page and the others: links, anchors, the questions it shows."""
    faults = [fault for line, link in page.links if (fault := _of_link(page, line, link, known))]
    if page.menu and any(each.menu == page.menu and each.file < page.file for each in known.pages.values()):
        faults.append(error(page.file, 1, "menu-twice", f"The menu has {page.menu!r} already. Take menu: out here."))
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
