"""The real content, published, and the words that a reader gets."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client

from reentry_site.pages import publishing

BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "dt", "dd", "label", "legend", "summary", "figcaption", "button", "span"}


class _Words(HTMLParser):
    """The text of <main>, each block ended like a sentence. Decoration (`aria-hidden`) is not read to anyone."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.skipped, self.inside = "", 0, False

    def handle_starttag(self, tag, attrs):
        self.inside |= tag == "main"
        if self.skipped or tag == "svg" or ("aria-hidden", "true") in attrs:
            self.skipped += tag not in {"input", "br", "path", "img", "circle", "rect", "stop"}

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if self.skipped:
            self.skipped -= tag not in {"path", "circle", "rect", "stop"}
        elif tag in BLOCKS - {"span"} and self.text and not re.search(r"[.?!…][”’)]?\s*$", self.text):
            self.text = self.text.rstrip() + ". "
        self.inside &= tag != "main"

    def handle_data(self, data):
        if self.inside and not self.skipped:
            self.text += re.sub(r"\s+", " ", data)


def words_of(page: bytes | str) -> str:
    parser = _Words()
    parser.feed(page if isinstance(page, str) else page.decode())
    return parser.text


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    """Address → the words of each published page."""
    finished = publishing.publish(settings.CONTENT_DIR).finished
    return {path: words_of(body) for path, body in finished.items()}


@pytest.fixture
def asked(db) -> dict[str, str]:
    """The pages that are no Markdown: the form, with faults and without, thank you, ended, yours, not found."""
    client = Client()
    thanks = client.post("/callback/", {"phone": "216 555 0143", "name": "Sam"}).url
    answers = {
        "form": client.get("/callback/"),
        "faults": client.post("/callback/", {"phone": "", "name": "x" * 61, "note": "y" * 501}),
        "thanks": client.get(thanks),
        "ended": client.get("/callback/received/x/"),
        "yours": client.get("/callback/yours/"),
        "not found": client.get("/nowhere/"),
    }
    return {name: words_of(answer.content) for name, answer in answers.items()}
