"""What one body comes to: its HTML in sections, and what was found in it. Only values; markdown.py makes them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.safestring import SafeString

from reentry_site.pages.faults import Found
from reentry_site.pages.safe_html import Html


@dataclass(frozen=True)
class Section:
    """A level-2 heading and what follows it; the heading's `id` is its lasting anchor."""

    id: str
    heading: Html
    html: Html


class Heading(NamedTuple):
    """`words` as they were typed, without the anchor pinned behind them."""

    line: int
    level: int
    words: str
    anchor: str


class Link(NamedTuple):
    line: int
    address: str
    words: str


class Prose(NamedTuple):
    """One paragraph, heading or list item as a reader reads it; `typed` leaves the facts out.

    `level`: of a heading, else 0. `block`: the component that holds it, or "quote".
    """

    line: int
    text: str
    typed: str = ""
    level: int = 0
    block: str = ""


@dataclass
class Rendered:
    """`placeholders`: headings that still wait for their text. `empty_facts`: left out.

    `bare`: headings of level 2 with nothing under them. `found`: what is wrong in the body. Lines count from 1.
    """

    intro: SafeString = SafeString("")
    sections: list[Section] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pictures: list[Link] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)
    empty_facts: set[str] = field(default_factory=set)
    prose: list[Prose] = field(default_factory=list)
    bare: list[Prose] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
