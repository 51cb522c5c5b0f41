"""What is wrong with a header, with the facts, or between pages, in an editor's words."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reentry_site import yaml_text
from reentry_site.facts import FILE, Facts
from reentry_site.pages import words
from reentry_site.pages.faults import Fault, Found, error, fewest, warning
from reentry_site.pages.front_matter import FrontMatter
from reentry_site.pages.markdown import reading_grade, sentences
from reentry_site.pages.rendered import Link, Rendered

if TYPE_CHECKING:
    from reentry_site.pages.page import Page
    from reentry_site.pages.pictures import Picture

FAQ = "/faq/"
MOST_BYTES = 128 * 1024  # about 20,000 words; the Markdown parser takes a second and more for them
GRADE = 6
ENOUGH_WORDS = 30  # fewer say nothing of how hard a page is
SENTENCE_WORDS = 25
WORDS_OF_HEADER = {"title", "description", "lead", "lead_more", "hint", "summary", "closing", "closing_lead"}
#: What the furniture of every page leads to.
LINKED_BY_TEMPLATES = {"/", "/privacy/", "/staying-private/", "/notices/", "/accessibility/", "/language-help/"}
SAYS_NOTHING = {"here", "click here", "this", "this page", "link", "this link", "more", "read more", "learn more"}


@dataclasses.dataclass(frozen=True)
class Known:
    """What the links of a page may lead to. `drafts`: not public, or not yet. `unpublished`: held back by faults.

    `forwards`: old address → where it leads now. `today`: the day on the clinic's calendar.
    `pictures`: name → a picture, or what is wrong with its file.
    """

    pages: Mapping[str, Page]
    drafts: Set[str]
    unpublished: Set[str]
    forwards: Mapping[str, str]
    today: datetime.date
    pictures: Mapping[str, Picture | Fault]

    @cached_property
    def linked(self) -> Set[str]:
        """The addresses that some page leads to."""
        return {link.address.partition("#")[0] for each in self.pages.values() for link in each.links}


def nearest(word: str, known: Iterable[str], form: str = "{}", otherwise: str = "") -> str:
    """`Did you mean …?` with the closest of the known words put into `form`; `otherwise` where none is close."""
    near = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"Did you mean {form.replace('{}', near[0])}" if near else otherwise


def of_header(problem: ErrorDetails, header: FrontMatter, file: str, known: Iterable[str]) -> Fault:
    if not problem["loc"]:
        return error(file, 1, "keys-together", f"Two keys do not fit together: {_why(problem)}.")
    key = str(problem["loc"][0])
    line, column = header.places.get(key, (1, 1))
    if problem["type"] == "missing":
        return error(file, 1, f"no-{key}", f"The {key} is missing.", fix=f"Add a line to the header: {key}: …")
    if problem["type"] == "extra_forbidden":
        message = f"There is no key {key!r} for this kind of page."
        fix = nearest(key, known, "{}: " + _short(header.values[key]), f"The keys are {', '.join(known)}.")
        return error(file, line, "unknown-key", message, column=column, fix=fix)
    return error(file, line, "wrong-value", f"The value of {key!r} does not fit: {_why(problem)}.", column=column)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else "…"
    return text if len(text) <= 40 else f"{text[:39]}…"


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


def too_large(file: str) -> Fault:
    message = "The file is over 128 KiB, which no page needs."
    return error(file, 1, "too-large", message, fix="Take out what is no text, or make several pages of it.")


def not_text(file: str) -> Fault:
    return error(file, 1, "not-utf-8", "The file is not UTF-8 text. Save it again as UTF-8.")


def read_facts(folder: Path) -> tuple[Facts | None, list[Fault]]:
    """The folder's facts.yaml, or None and what is wrong with it."""
    try:
        if (folder / FILE).stat().st_size > MOST_BYTES:
            return None, [too_large(FILE)]
        read = yaml_text.read((folder / FILE).read_text(encoding="utf-8"))
        if read.problems:
            told = [error(FILE, p.line, p.code, p.message, column=p.column, fix=p.fix) for p in read.problems]
            return None, fewest(told)
        return Facts.model_validate(read.values), []
    except ValidationError as problem:
        return None, fewest(_of_fact(each, read.places) for each in problem.errors())
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


def of_values(values: Mapping[str, object], header: FrontMatter, file: str, facts: Facts) -> list[Fault]:
    """The words and the review of a header whose keys are right."""
    faults = []
    for key in WORDS_OF_HEADER & values.keys():
        line = header.places.get(key, (1, 1))[0]
        text = str(values[key])
        faults += [each.at(file, 0) for each in words.judge(line, text)]
        if text.startswith(("“", "‘")) and text.endswith(("”", "’")):
            fix = f'{key}: "{text[1:-1]}"'
            faults.append(
                warning(file, line, "curly-quotes", "Curly quotes show to readers. Use straight ones.", fix=fix)
            )
    reviewer, line = values["reviewed_by"], header.places.get("reviewed_by", (1, 1))[0]
    if reviewer and reviewer not in facts.clinicians:
        fix = nearest(str(reviewer), facts.clinicians, "{}", "Add the name to clinicians: in facts.yaml first.")
        faults.append(error(file, line, "reviewer", f"{reviewer} is not among the clinicians in facts.yaml.", fix=fix))
    return faults


def of_body(kind: str, body: Rendered) -> Iterator[Found]:
    """The words, the headings and the links of a body, and how hard it is to read."""
    level = 1
    for prose in body.prose:
        yield from words.judge(prose.line, prose.typed)
        if prose.level > level + 1:
            message = f"Headings jump from {level} to {prose.level}."
            yield Found(prose.line, "heading-jump", message, "#" * (level + 1) + " " + prose.text, "warning")
        level = prose.level or level
        if prose.block == "quote" and re.match(r"[“\"]?I\b|.*[“\"]I\b", prose.text):
            message = "This reads like somebody's story. A story needs its label."
            yield Found(prose.line, "story", message, "Put it between ::: story and :::")
        for sentence in sentences(prose.text):
            if (count := len(sentence.split())) > SENTENCE_WORDS:
                message = f"This sentence has {count} words: “{sentence}”"
                yield Found(prose.line, "long-sentence", message, "Make two of it.", "warning")
    for link in body.links:
        if link.words.strip(" .").lower() in SAYS_NOTHING:
            message = f"The link “{link.words}” doesn’t say where it goes."
            yield Found(link.line, "link-words", message, "Link the words that name the page.", "warning")
    if kind == "faq":
        for heading in body.bare:
            yield Found(heading.line, "no-answer", f"The question “{heading.text}” has no answer.")
    yield from _of_reading(body)


def _of_reading(body: Rendered) -> Iterator[Found]:
    """Of its sentences: headings are none, and would make a hard page look easy."""
    read = [prose for prose in body.prose if not prose.level]
    text = " ".join(each.text if each.text.rstrip()[-1:] in ".?!…”" else f"{each.text}." for each in read)
    grade = reading_grade(text)
    if grade > GRADE and len(text.split()) >= ENOUGH_WORDS:
        hardest = sorted((each for prose in read for each in sentences(prose.text)), key=reading_grade)[:-4:-1]
        named = " ".join(f"“{each}”" for each in hardest)
        line = next(prose.line for prose in read if hardest[0] in prose.text)
        message = f"Grade {grade:.1f}: hard to read; the limit is {GRADE}. The hardest: {named}"
        yield Found(line, "hard-to-read", message, "Use shorter words, and make two sentences of one.", "warning")


def of_page(page: Page, known: Known) -> list[Fault]:
    """What is wrong between this page and the others: links, anchors, the questions it shows, its place in the menu."""
    faults = [fault for link in page.links if (fault := _of_link(page, link, known))]
    faults += [fault for shown in page.pictures if (fault := _of_picture(page, shown, known))]
    if page.menu and any(each.menu == page.menu and _older(each, page) for each in known.pages.values()):
        faults.append(error(page.file, 1, "menu-twice", f"The menu has {page.menu!r} already. Take menu: out here."))
    answers = known.pages[FAQ].anchors if FAQ in known.pages else page.questions
    for anchor in page.questions:
        if anchor not in answers:
            fix = nearest(anchor, answers)
            faults.append(
                error(page.file, 1, "unknown-question", f"There is no question #{anchor} in faq.md.", fix=fix)
            )
    if page.next_review and page.next_review < known.today:
        message = f"This page was to be read again by {page.next_review}. Ask the reviewer."
        lines = page.text.splitlines()
        line = next((number for number, typed in enumerate(lines, 1) if typed.startswith("next_review")), 1)
        faults.append(warning(page.file, line, "review-due", message))
    public = page.path in known.pages
    if public and page.path not in LINKED_BY_TEMPLATES and not page.menu and not _is_linked(page, known):
        message = "No page leads here. Link to it, or nobody finds it."
        faults.append(warning(page.file, 1, "nobody-links-here", message))
    return fewest(faults)


def of_aliases(page: Page, pages: Mapping[str, Page]) -> list[Fault]:
    """An old address leads to one page, and no page has it."""
    faults = []
    for alias in page.aliases:
        others = [each for each in pages.values() if alias in each.aliases and each is not page]
        elsewhere, anchor, _ = alias.partition("#")
        if anchor and elsewhere != page.path:
            message = f"{alias} opens {elsewhere}, not this page: browsers tell no site what follows #."
            faults.append(warning(page.file, 1, "alias-anchor", message, fix="Take it out of aliases."))
        elif alias in pages:
            faults.append(
                error(page.file, 1, "alias-taken", f"{alias} is the address of a page. Take it out of aliases.")
            )
        elif any(_older(other, page) for other in others):
            faults.append(
                error(page.file, 1, "alias-twice", f"{alias} leads to another page already: {others[0].file}")
            )
    return faults


def of_gone(path: str, file: str) -> Fault:
    message = f"{path} was a page, and now readers find nothing there."
    fix = f"Put this into the page that replaces it: aliases: [{path}]"
    return warning(file, 1, "address-gone", message, fix=fix)


def of_lost(lost: Mapping[str, str], pages: Mapping[str, Page]) -> list[Fault]:
    """Anchors that led to a heading, told at the one in its place; those of a page that is gone itself are not."""
    faults = []
    for address, heir in lost.items():
        if not (page := pages.get(address.partition("#")[0])):
            continue
        let_go = f"aliases: [{', '.join((*page.aliases, address))}]"
        message = f"{address} was a heading. Who saved it now lands at the top of the page."
        if heading := next((each for each in page.headings if each.anchor == heir), None):
            message += f" If that is meant, put this into the header: {let_go}"
            fix, line = f"{'#' * heading.level} {heading.words} {{#{address.partition('#')[2]}}}", heading.line
        else:
            message += " No heading near it took its place."
            fix, line = f"If that is meant, put this into the header: {let_go}", 1
        faults.append(warning(page.file, line, "anchor-gone", message, fix=fix))
    return faults


def _older(one: Page, other: Page) -> bool:
    """`faq.md` before its copy `faq-2.md`."""
    return (len(one.file), one.file) < (len(other.file), other.file)


def _is_linked(page: Page, known: Known) -> bool:
    if page.parent != "/" and page.parent in known.pages:
        return True  # a page lists those below it
    return page.path in known.linked


def _of_link(page: Page, link: Link, known: Known) -> Fault | None:
    path, _, anchor = link.address.partition("#")
    target = known.pages.get(path) if path else page
    if link.address.startswith("https://") or path in known.unpublished:
        return None
    if path in known.drafts:
        return error(page.file, link.line, "link-to-draft", f"{path} is not public. Readers cannot open it.")
    if target is None and path in known.forwards:
        fix = f"[{link.words}]({known.forwards[path]})"
        return warning(page.file, link.line, "moved", f"{path} has moved. Readers are sent on.", fix=fix)
    if path.startswith("http://"):
        fix = f"[{link.words}](https{link.address.removeprefix('http')})"
        return error(
            page.file, link.line, "link-without-tls", "This link is not private. Use https, if it is there.", fix=fix
        )
    if target is None and not stands_elsewhere(path):
        fix = nearest(path, known.pages, f"[{link.words}]({{}})")
        return error(page.file, link.line, "broken-link", f"There is no page {link.address} on this site.", fix=fix)
    if target and anchor and anchor not in target.anchors:
        message = f"{path or 'This page'} has no heading #{anchor}."
        fix = nearest(anchor, target.anchors, f"[{link.words}]({path}#{{}})")
        return error(page.file, link.line, "broken-anchor", message, fix=fix)
    return None


def _of_picture(page: Page, shown: Link, known: Known) -> Fault | None:
    """A fault of the file is told where the page shows it: there it matters."""
    found = known.pictures.get(shown.address)
    if isinstance(found, Fault):
        return dataclasses.replace(found, file=page.file, line=shown.line)
    if found is None:
        good = [name for name, each in known.pictures.items() if not isinstance(each, Fault)]
        fix = nearest(shown.address, good, f"![{shown.words}](pictures/{{}})", "Put the file into pictures/ first.")
        message = f"There is no picture {shown.address} in pictures/."
        return error(page.file, shown.line, "unknown-picture", message, fix=fix)
    return None


def stands_elsewhere(path: str) -> bool:
    """An address of this site that is no page, like the form's."""
    try:
        return resolve(path).app_name != "pages"
    except Resolver404:
        return False
