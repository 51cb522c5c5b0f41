"""A long page begins with a list of its parts."""

import re

import pytest

from reentry_site.pages import drawing
from tests.pages.test_structured_data import edition_of, page_of

CONTENTS = re.compile(r'<nav class="contents".*?</nav>', re.DOTALL)


def long_page(kind: str, sections: int) -> str:
    body = "\n\n".join(f"## Part [{number}](/a/) & more {{#part-{number}}}\n\nText." for number in range(sections))
    return f'---\ntitle: "Title"\nkind: {kind}\n---\n{body}'


@pytest.mark.parametrize("kind", ["article", "program", "plain"])
def test_a_long_page_lists_its_parts_in_order_by_their_anchors(kind):
    shown = drawing.finish(edition_of(page_of(long_page(kind, 5))))["/a/"].decode()
    [contents] = CONTENTS.findall(shown)
    listed = re.findall(r'<li><a href="#(.*?)">(.*?)</a></li>', contents)
    assert listed == [(f"part-{number}", f"Part {number} &amp; more") for number in range(5)]
    assert all(f'<h2 id="{anchor}">' in shown for anchor, _ in listed)


@pytest.mark.parametrize(("kind", "sections"), [("plain", 4), ("faq", 9), ("home", 9)])
def test_a_short_page_the_questions_and_the_front_page_have_no_list(kind, sections):
    assert not CONTENTS.search(drawing.finish(edition_of(page_of(long_page(kind, sections))))["/a/"].decode())
