"""HTML cleaned against a list of what may stand on a page: a second lock, the Markdown parser is the first."""

import re
from typing import Annotated

import nh3
from django.utils.safestring import SafeString, mark_safe
from pydantic import PlainValidator

_WITH_CLASS = {"a", "blockquote", "div", "figcaption", "figure", "li", "ol", "p", "span", "ul"}
_ATTRIBUTES = {tag: {"class"} for tag in _WITH_CLASS} | {
    "a": {"href", "class"},
    "h3": {"id"},
    "h4": {"id"},
    "img": {"src", "alt", "loading", "decoding"},
    "ol": {"class", "start"},
    "td": {"align"},
    "th": {"align", "scope"},
}
_TAGS = {*_ATTRIBUTES, *_WITH_CLASS} | {"br", "code", "em", "hr", "pre", "strong", "table", "tbody", "thead", "tr"}
_SCHEMES = {"https", "tel", "sms"}


def _of_this_site(tag: str, attribute: str, value: str) -> str | None:
    """`//host/` has no scheme to judge, and is another site all the same; browsers read `/\\` like it."""
    if attribute == "src":
        return value if re.fullmatch(r"/pictures/[\w.-]+", value) else None
    return None if attribute == "href" and value.replace("\\", "/").startswith("//") else value


_CLEANER = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_of_this_site, url_schemes=_SCHEMES, link_rel=None
)


def clean(html: str) -> SafeString:
    """The one place where HTML made of editors' words is declared safe."""
    return mark_safe(_CLEANER.clean(html))  # noqa: S308 (cleaned by a closed list of tags)


#: HTML that has been cleaned. Where it is read from a file it is cleaned once more, which leaves it as it was.
Html = Annotated[SafeString, PlainValidator(clean)]
