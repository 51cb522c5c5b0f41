"""What machines are told of a page is what the page shows, and nothing that nobody gave."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from types import MappingProxyType

import pytest
from django.conf import settings as real_settings
from hypothesis import given
from hypothesis import strategies as st

from reentry_site.facts import Facts
from reentry_site.pages import drawing, edition, structured_data
from reentry_site.pages.edition import Edition
from reentry_site.pages.page import Page, read

BASE = "https://www.example.org"
FACTS = Facts(name="The Clinic", phone="216 555 0100")
REVIEWED = FACTS.model_copy(update={"clinicians": ("Ana Cole, LISW",)})
TYPES = {
    "MedicalClinic",
    "ContactPoint",
    "OpeningHoursSpecification",
    "FAQPage",
    "Question",
    "Answer",
    "Article",
    "MedicalWebPage",
    "Person",
    "BreadcrumbList",
    "ListItem",
}
RICH_FAQ = """---
title: "Questions & answers"
kind: faq
---
## Is it **really** “open” & free of 3 < 5 tests? {#open}

Yes. See [a page](/x/), *any* page: call {{ phone }}.

- One thing
- Two `<things>` &amp; more

| a | b |
| --- | --- |
| c | d |

## And then? {#then}

::: note
We talk.
:::
"""


class Seen(HTMLParser):
    """A finished page as a browser takes it: the words in its body, and its script elements with their text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.words, self.scripts, self._inside = "", [], [""]
        self.feed(page.decode())
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag, attrs):
        if tag in {"head", "body", "script"}:
            self._inside.append(tag)
        if tag == "script":
            self.scripts.append([dict(attrs), ""])

    def handle_endtag(self, tag):
        if tag == self._inside[-1]:
            self._inside.pop()

    def handle_data(self, data):
        if self._inside[-1] == "script":
            self.scripts[-1][1] += data
        elif self._inside[-1] == "body":
            self.words += data

    @property
    def told(self) -> list[dict]:
        [text] = [text for attrs, text in self.scripts if attrs.get("type") == "application/ld+json"]
        data = json.loads(text)
        assert data.keys() == {"@context", "@graph"}
        return data["@graph"]


def things(data: object) -> Iterator[dict]:
    """Every thing in the data, however deep."""
    if isinstance(data, dict):
        yield data
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else []:
        yield from things(each)


def values(data: object, *keys: str) -> list:
    return [thing[key] for thing in things(data) for key in keys if key in thing]


def page_of(text: str, file: str = "a.md", facts: Facts = FACTS) -> Page:
    page, faults = read(text, file, facts)
    assert page, faults
    return page


def edition_of(*pages: Page, facts: Facts = FACTS) -> Edition:
    return Edition(MappingProxyType({page.path: page for page in pages}), facts, "")


def told(page: Page, facts: Facts = FACTS, base: str = "") -> list[dict]:
    return structured_data.of(page, edition_of(page, facts=facts), base)


@pytest.fixture(scope="module")
def content() -> Edition:
    """The real pages, with every fact given."""
    built = edition.build(real_settings.CONTENT_DIR)[0]
    given = {"address": "1 Main Street", "hours": {"monday": "9:00-17:00"}, "clinicians": ["Ana Cole, LISW"]}
    facts = Facts.model_validate(built.facts.model_dump(exclude=given.keys()) | given)
    pages = (page_of(page.text, page.file, facts) for page in built.pages.values())
    return edition_of(*pages, facts=facts)


@pytest.fixture(scope="module")
def seen(content) -> dict[str, Seen]:
    return {path: Seen(page) for path, page in drawing.finish(content).items()}


# What it says is what is there ---------------------------------------------------------------------------------


def test_what_the_data_says_is_what_the_page_shows(seen):
    for path, page in seen.items():
        said = values(page.told, "headline", "name", "text", "address")
        assert said, path
        assert [text for text in said if text not in page.words and text != "1 Main Street"] == [], path
        for number in values(page.told, "telephone"):
            assert number.removeprefix("+1") in re.sub(r"\D", "", page.words)


def test_the_facts_in_the_data_stand_on_the_site_too(seen):
    [clinic] = seen["/"].told
    words = " ".join(page.words for page in seen.values())
    assert len(clinic["areaServed"]) == 2
    assert [fact for fact in (*clinic["areaServed"], clinic["address"]) if fact not in words] == []
    assert "Monday 9 a.m. to 5 p.m." in words


def test_every_question_and_answer_is_told_whole_and_in_its_words():
    page = page_of(RICH_FAQ, "faq.md")
    shown = Seen(drawing.finish(edition_of(page))["/faq/"])
    questions = shown.told[0]["mainEntity"]
    assert [each["name"] for each in questions] == ["Is it really “open” & free of 3 < 5 tests?", "And then?"]
    first, second = (each["acceptedAnswer"]["text"] for each in questions)
    assert first == "Yes. See a page, any page: call (216) 555-0100. One thing Two <things> & more a b c d"
    assert second == "We talk."
    for each in questions:
        assert f"{each['name']} {each['acceptedAnswer']['text']}" in shown.words


def test_the_real_faq_tells_all_its_questions(content, seen):
    asked = [thing["name"] for thing in things(seen["/faq/"].told) if thing["@type"] == "Question"]
    assert len(asked) == len(content.pages["/faq/"].sections) > 1


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("article", ["Article", "MedicalWebPage"]), ("program", "MedicalWebPage"), ("plain", "MedicalWebPage")],
)
def test_a_page_tells_its_kind_title_and_description_and_no_more(kind, type_):
    page = page_of(f'---\ntitle: "Title"\nkind: {kind}\ndescription: "Words."\n---\nText.')
    assert told(page) == [{"@type": type_, "headline": "Title", "description": "Words."}]


def test_a_review_is_told_as_it_is_shown():
    header = '---\ntitle: "Title"\nreviewed_by: "Ana Cole, LISW"'
    by_somebody = page_of(f"{header}\n---\nText.", facts=REVIEWED)
    on_a_day = page_of(f"{header}\nreviewed_on: 2026-03-02\n---\nText.", facts=REVIEWED)
    for page, expected in (
        (by_somebody, {}),
        (on_a_day, {"lastReviewed": "2026-03-02", "reviewedBy": {"@type": "Person", "name": "Ana Cole, LISW"}}),
    ):
        shown = Seen(drawing.finish(edition_of(page, facts=REVIEWED))["/a/"])
        assert shown.told[0] == {"@type": "MedicalWebPage", "headline": "Title"} | expected
        assert ("Ana Cole" in shown.words) == bool(expected)


def test_a_page_below_another_tells_the_way_down(content, seen):
    def way(path):
        return [
            (step["position"], step["name"])
            for each in seen[path].told
            if each["@type"] == "BreadcrumbList"
            for step in each["itemListElement"]
        ]

    name = content.facts.name
    assert way("/programs/new-group/") == [(1, name), (2, "Programs"), (3, "A new group")]
    assert way("/faq/") == [(1, name), (2, "Questions")]
    assert way("/") == []


def test_the_way_leads_through_published_pages_only():
    home = page_of('---\ntitle: "Home"\nkind: home\n---\nText.', "home.md")
    below = page_of('---\ntitle: "Below"\n---\nText.', "hidden/below.md")
    [_, trail] = structured_data.of(below, edition_of(home, below), BASE)
    assert [step["item"] for step in trail["itemListElement"]] == [f"{BASE}/", f"{BASE}/hidden/below/"]


# What nobody gave ----------------------------------------------------------------------------------------------


def test_no_review_no_rating_and_no_other_type_is_ever_told(seen):
    found = [type_ for page in seen.values() for type_ in values(page.told, "@type")]
    assert {each for type_ in found for each in ([type_] if isinstance(type_, str) else type_)} == TYPES - {"Person"}


HOME = '---\ntitle: "Home"\nkind: home\n---\nText.'


def test_an_empty_fact_is_not_in_the_data():
    assert told(page_of(HOME, "home.md")) == [
        {"@type": "MedicalClinic", "name": "The Clinic", "telephone": "+12165550100"}
    ]


@pytest.mark.parametrize(
    ("fact", "value", "expected"),
    [
        ("city", "Cleveland, Ohio", {"areaServed": ["Cleveland, Ohio"]}),
        ("area", "Shaker Heights", {"areaServed": ["Shaker Heights"]}),
        ("address", "1 Main Street", {"address": "1 Main Street"}),
        ("insurers", "Some", {}),
        ("prices", "$1", {}),
        ("languages", "English", {}),
    ],
)
def test_a_fact_that_was_given_is_told_as_it_was_given(fact, value, expected):
    facts = FACTS.model_copy(update={fact: value})
    clinic = {"@type": "MedicalClinic", "name": "The Clinic", "telephone": "+12165550100"}
    assert told(page_of(HOME, "home.md"), facts) == [clinic | expected]


def test_the_hours_are_those_of_the_telephone_day_by_day():
    """facts.yaml asks when staff take calls: that says nothing of when the door is open."""
    facts = Facts(name="C", phone="216 555 0100", hours={"monday": "9:00-17:00", "saturday": "9:30-12:00"})
    [clinic] = told(page_of(HOME, "home.md"), facts)
    assert "openingHoursSpecification" not in clinic
    assert clinic["contactPoint"]["telephone"] == clinic["telephone"]
    assert [
        (each["dayOfWeek"], each["opens"], each["closes"]) for each in clinic["contactPoint"]["hoursAvailable"]
    ] == [("Monday", "09:00", "17:00"), ("Saturday", "09:30", "12:00")]


# It stays inside its element -----------------------------------------------------------------------------------


def test_no_words_of_a_page_end_the_script():
    title = "A </script><script>alert(1)</script> <!-- & \u2028\u2029"
    page = Page(file="a.md", path="/a/", title=title)
    shown = Seen(drawing.finish(edition_of(page))["/a/"])
    assert shown.told[0]["headline"] == title
    assert [set(attrs) for attrs, _ in shown.scripts] == [{"src", "defer"}, {"type"}]


@given(st.text())
def test_any_text_comes_out_as_it_went_in_and_has_nothing_that_ends_a_script(text):
    out = structured_data.serialise([{"name": text, text: "x"}])
    assert not set("<>&\u2028\u2029") & set(out)
    assert json.loads(out)["@graph"] == [{"name": text, text: "x"}]


# Addresses, and who may be found -------------------------------------------------------------------------------

CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')


def test_a_public_site_names_the_one_address_of_each_page(settings, content):
    settings.PUBLIC_HOSTS = ["www.example.org", "example.org"]
    for path, page in drawing.finish(content).items():
        assert CANONICAL.findall(page.decode()) == [BASE + path]
        shown = Seen(page)
        assert shown.told[0]["url"] == BASE + path
        for item in values(shown.told, "item"):
            assert item.removeprefix(BASE) in content.pages


def test_on_this_machine_no_address_is_made_up(content):
    for page in drawing.finish(content).values():
        assert not CANONICAL.search(page.decode())
        assert b"og:url" not in page
        assert values(Seen(page).told, "url", "item") == []


def test_a_page_has_a_card_of_its_own_words(content):
    page = drawing.finish(content)["/programs/"].decode()
    card = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
    wanted = content.pages["/programs/"]
    assert card == {
        "type": "website",
        "title": wanted.title,
        "description": wanted.description,
        "site_name": content.facts.name,
    }


MARKS = ("ld+json", "og:", "canonical")


@pytest.mark.parametrize("path", ["/callback/yours/", "/callback/received/x/", "/nowhere/"])
def test_a_page_that_is_nobody_elses_business_tells_nothing(client, db, path):
    page = client.get(path).content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert [mark for mark in MARKS if mark in page] == []


def test_the_form_and_what_it_answers_tell_nothing(client, db):
    for page in (client.get("/callback/"), client.post("/callback/", {"phone": ""})):
        assert [mark for mark in MARKS if mark in page.content.decode()] == []


def test_the_real_pages_could_be_found(content, settings):
    settings.PUBLIC_HOSTS = ["www.example.org"]
    for page in drawing.finish(content).values():
        assert all(mark.encode() in page for mark in MARKS)
        assert b"noindex" not in page
