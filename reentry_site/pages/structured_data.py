"""What a page tells machines (schema.org as JSON-LD): the page's own words and the clinic's facts, never more.

A thing that is not known is not said, and nothing here is ever a review or a rating.
"""

import html
import json

from django.conf import settings
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from phonenumber_field.phonenumber import PhoneNumber

from reentry_site.facts import WEEKDAYS, Facts, Week
from reentry_site.pages.edition import Edition
from reentry_site.pages.page import Page

#: Kind of page → its type. Who reviewed a page and when is said of web pages only, so an article is one, too.
TYPES: dict[str, str | list[str]] = {
    "article": ["Article", "MedicalWebPage"],
    "faq": "FAQPage",
    "program": "MedicalWebPage",
    "plain": "MedicalWebPage",
}
#: What could end the script element, or a line of it where it is read as JavaScript.
_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def base() -> str:
    """The site's own address for readers; "" where it runs for this machine alone and has none."""
    return f"https://{settings.PUBLIC_HOSTS[0]}" if settings.PUBLIC_HOSTS else ""


def context_of(edition: Edition, page: Page) -> dict:
    """What a page's template is given for machines. For published pages alone: a preview stays without."""
    return {"canonical": base() and base() + page.path, "structured_data": serialise(of(page, edition, base()))}


def of(page: Page, edition: Edition, base: str) -> list[dict]:
    """Everything a page tells. Without a base no address is told: none would be right."""
    if page.kind == "home":
        return [_clinic(edition.facts, base)]
    trail = _trail(page, edition, base)
    return [_page(page, base), trail] if trail else [_page(page, base)]


def serialise(things: list[dict]) -> SafeString:
    """The text of the one script element of a page."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 (JSON, its < > & escaped)


def words(markup: str) -> str:
    """A piece of a page's HTML as it is read."""
    return " ".join(html.unescape(strip_tags(markup)).split())


def _thing(type_: str | list[str], **properties) -> dict:
    """A thing with what is known of it."""
    return {"@type": type_} | {name: value for name, value in properties.items() if value}


def _clinic(facts: Facts, base: str) -> dict:
    phone = PhoneNumber.from_string(facts.phone, region="US").as_e164
    return _thing(
        "MedicalClinic",
        name=facts.name,
        url=base and f"{base}/",
        telephone=phone,
        address=facts.address,
        areaServed=[area for area in (facts.city, facts.area) if area],
        # The hours that the clinic gives are those of its telephone; they don't say when its door is open.
        contactPoint=facts.hours and _thing("ContactPoint", telephone=phone, hoursAvailable=_hours(facts.hours)),
    )


def _hours(week: Week) -> list[dict]:
    by_day = {day.capitalize(): getattr(week, day) for day in WEEKDAYS}
    return [
        _thing("OpeningHoursSpecification", dayOfWeek=day, opens=f"{hours.start:%H:%M}", closes=f"{hours.end:%H:%M}")
        for day, hours in by_day.items()
        if hours
    ]


def _page(page: Page, base: str) -> dict:
    return _thing(
        TYPES[page.kind],
        headline=page.title,
        description=page.description,
        url=base and base + page.path,
        # Together, as at the top of the page: a name without a day says nothing there either.
        lastReviewed=page.reviewed_on and page.reviewed_on.isoformat(),
        reviewedBy=page.reviewed_on and page.reviewed_by and _thing("Person", name=page.reviewed_by),
        mainEntity=_questions(page) if page.kind == "faq" else [],
    )


def _questions(page: Page) -> list[dict]:
    return [
        _thing("Question", name=words(each.heading), acceptedAnswer=_thing("Answer", text=words(each.html)))
        for each in page.sections
    ]


def _trail(page: Page, edition: Edition, base: str) -> dict | None:
    """The way from the front page down to this one, by the names that the page shows for them."""
    parts = page.path.strip("/").split("/")
    paths = [f"/{'/'.join(parts[:depth])}/" for depth in range(1, len(parts) + 1)]
    names = {path: edition.pages[path].menu or edition.pages[path].title for path in paths if path in edition.pages}
    if "/" in edition.pages:
        names = {"/": edition.facts.name} | names
    steps = [
        _thing("ListItem", position=position, name=name, item=base and base + path)
        for position, (path, name) in enumerate(names.items(), 1)
    ]
    return _thing("BreadcrumbList", itemListElement=steps) if len(steps) > 1 else None
