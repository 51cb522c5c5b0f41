"""One content file → one Page, or its faults. The header is judged by the schema of its kind."""

import datetime
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Literal

from django.utils.safestring import SafeString
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from reentry_site.facts import Facts, NotEmpty
from reentry_site.pages import checks, front_matter, markdown
from reentry_site.pages.faults import Fault, error, fewest
from reentry_site.pages.front_matter import FrontMatter
from reentry_site.pages.rendered import Heading, Link, Section
from reentry_site.pages.safe_html import Html


def _read_day(value: object) -> object:
    """`2026-03-02` as typed → a day. Raises ValueError in an editor's words; a US date gets its other form."""
    text = str(value).strip()
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        american = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
        perhaps = f"; perhaps {american[3]}-{int(american[1]):02}-{int(american[2]):02}" if american else ""
        raise ValueError(f"write a day that exists, as year-month-day like 2030-01-31{perhaps}") from None


def _read_moment(value: object) -> object:
    """`2026-03-02 09:00` as typed → a moment on the clinic's clock; a day alone means its first minute."""
    day, _, time = str(value).strip().replace("T", " ").partition(" ")
    if not day:
        return None
    try:
        return datetime.datetime.combine(_read_day(day), datetime.time.fromisoformat(time.strip() or "00:00"))
    except ValueError:
        raise ValueError("write a day and time that exist, like 2030-01-31 09:00") from None


def _read_address(value: object) -> object:
    if not re.fullmatch(r"(/|/([a-z0-9-]+/)+)(#[\w-]+)?|", str(value)):
        raise ValueError(f"write an address of this site like /programs/new-group/, not {value}")
    return value


Day = Annotated[datetime.date | None, BeforeValidator(_read_day)]
Moment = Annotated[datetime.datetime | None, BeforeValidator(_read_moment)]
Address = Annotated[str, BeforeValidator(_read_address)]


class Header(BaseModel):
    """What every kind of page may say of itself. Values come as text and get their type here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: NotEmpty
    kind: Literal["plain", "faq"] = "plain"
    description: str = ""
    lead: str = ""
    menu: str = ""
    order: int = 0
    draft: Literal["yes", "no"] = "no"
    publish_at: Moment = None
    expires_at: Moment = None
    forward_to: Address = ""
    aliases: tuple[Address, ...] = ()
    reviewed_on: Day = None
    reviewed_by: str = ""
    next_review: Day = None

    @model_validator(mode="after")
    def _in_order(self) -> "Header":
        if self.publish_at and self.expires_at and self.expires_at <= self.publish_at:
            raise ValueError("expires_at comes after publish_at")
        if self.forward_to and not self.expires_at:
            raise ValueError("forward_to says where readers go after expires_at; give both")
        return self


class ReadingHeader(Header):
    """An article or a program page: it ends in a band with one thing to do."""

    kind: Literal["article", "program"]
    summary: str = ""
    closing: str = ""
    closing_lead: str = ""


class HomeHeader(ReadingHeader):
    kind: Literal["home"]
    lead_more: str = ""
    hint: str = ""
    questions: tuple[str, ...] = ()


SCHEMAS: dict[str, type[Header]] = {
    "plain": Header,
    "faq": Header,
    "article": ReadingHeader,
    "program": ReadingHeader,
    "home": HomeHeader,
}


@dataclass(frozen=True)
class Page:
    """One published page, as the templates see it. `path` is its address, `file` where its words come from."""

    file: str
    path: str
    title: str
    kind: str = "plain"
    description: str = ""
    lead: str = ""
    lead_more: str = ""
    hint: str = ""
    summary: str = ""
    menu: str = ""
    order: int = 0
    draft: bool = False
    publish_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    forward_to: str = ""
    aliases: tuple[str, ...] = ()
    reviewed_on: datetime.date | None = None
    reviewed_by: str = ""
    next_review: datetime.date | None = None
    questions: tuple[str, ...] = ()
    closing: str = ""
    closing_lead: str = ""
    intro: Html = SafeString("")
    sections: tuple[Section, ...] = ()
    headings: tuple[Heading, ...] = field(default=(), repr=False)
    links: tuple[Link, ...] = field(default=(), repr=False)
    pictures: tuple[Link, ...] = field(default=(), repr=False)
    placeholders: tuple[str, ...] = ()
    empty_facts: frozenset[str] = frozenset()
    text: str = field(default="", repr=False)
    found: tuple[Fault, ...] = field(default=(), repr=False)

    @property
    def parent(self) -> str:
        """The address one step up, whether or not a page is there."""
        return self.path.rstrip("/").rpartition("/")[0] + "/"

    @cached_property
    def anchors(self) -> frozenset[str]:
        return frozenset(each.anchor for each in self.headings)

    def is_public(self, now: datetime.datetime, before_its_day: bool = False) -> bool:
        """`before_its_day`: as if nothing held it back but its end."""
        return not self.has_ended(now) and (before_its_day or not (self.draft or self.is_waiting(now)))

    def is_waiting(self, now: datetime.datetime) -> bool:
        return self.publish_at is not None and now < self.publish_at

    def has_ended(self, now: datetime.datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


def address(file: str) -> str:
    """A file's address: `home.md` is `/`, `programs/new-group.md` is `/programs/new-group/`."""
    path = PurePosixPath(file).with_suffix("")
    return "/" if str(path) == "home" else f"/{path}/"


def read(text: str, file: str, facts: Facts) -> tuple[Page | None, list[Fault]]:
    """Read one file (`file` is relative to the content folder). The page is None where it has an error."""
    if not re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*/)*[a-z0-9]+(-[a-z0-9]+)*\.md", file):
        message = "The file's name becomes an address: small letters, digits and single hyphens only."
        return None, [error(file, 1, "file-name", message)]
    header, faults = front_matter.read(text, file)
    values, found = ({}, faults) if faults else _judge(header, file)
    if found:
        return None, fewest(found)
    body = markdown.render(header.body, facts)
    offset = header.body_line - 1
    faults = [each.at(file, offset) for each in (*body.found, *checks.of_body(values["kind"], body))]
    faults += _put_facts_in(values, header, file, facts)
    faults = fewest([*faults, *checks.of_values(values, header, file, facts)])
    page = Page(
        file=file,
        path=address(file),
        **values | {"draft": values["draft"] == "yes"} | _on_the_clock(values, facts),
        intro=body.intro,
        sections=tuple(body.sections),
        headings=tuple(each._replace(line=each.line + offset) for each in body.headings),
        links=tuple(link._replace(line=link.line + offset) for link in body.links),
        pictures=tuple(shown._replace(line=shown.line + offset) for shown in body.pictures),
        placeholders=tuple(body.placeholders),
        empty_facts=frozenset(body.empty_facts),
        text=text,
        found=tuple(faults),
    )
    held_back = any(fault.severity == "error" for fault in faults)
    return (None if held_back else page), faults


def _on_the_clock(values: dict, facts: Facts) -> dict[str, datetime.datetime]:
    """The header's moments in the clinic's time zone."""
    return {key: values[key].replace(tzinfo=facts.zone) for key in ("publish_at", "expires_at") if values[key]}


def _judge(header: FrontMatter, file: str) -> tuple[dict, list[Fault]]:
    """The header's values by the schema of its kind, or its faults."""
    kind = header.values.get("kind", "plain")
    schema = SCHEMAS.get(kind) if isinstance(kind, str) else None
    if schema is None:
        line, column = header.places["kind"]
        fix = checks.nearest(str(kind), SCHEMAS, "kind: {}", f"The kinds are {', '.join(SCHEMAS)}.")
        return {}, [error(file, line, "unknown-kind", f"There is no kind {kind!r}.", column=column, fix=fix)]
    try:
        return schema.model_validate(header.values).model_dump(), []
    except ValidationError as problem:
        return {}, [checks.of_header(each, header, file, schema.model_fields) for each in problem.errors()]


def _put_facts_in(values: dict, header: FrontMatter, file: str, facts: Facts) -> list[Fault]:
    """Fill the facts into the header's words, in place; a name that is no fact is a fault."""
    faults = []
    for key, value in values.items():
        if isinstance(value, str):
            for name in markdown.unknown_facts(value, facts):
                message = f"There is no fact {name!r} in facts.yaml."
                fix = checks.nearest(name, Facts.model_fields, "{{ {} }}")
                faults.append(error(file, header.places[key][0], "unknown-fact", message, fix=fix))
            values[key] = markdown.fill(value, facts)
    return faults
