"""Markdown → safe HTML: facts from one place, components from a closed list, and nothing that runs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentry_site.facts import Facts
from reentry_site.pages import markdown, safe_html
from reentry_site.pages.rendered import Rendered

FACTS = Facts(name="The Clinic", phone="216 555 0100", city="Cleveland, Ohio")


def rendered(text: str) -> Rendered:
    return markdown.render(text, FACTS)


def html(text: str) -> str:
    return rendered(text).intro.strip()


def codes(text: str) -> list[str]:
    return [each.code for each in rendered(text).found]


def test_the_phone_is_a_link_that_never_breaks():
    phone = '<a class="phone" href="tel:+12165550100">(216) 555-0100</a>'
    assert html("Call {{ phone }} or {{phone}}.") == f"<p>Call {phone} or {phone}.</p>"


def test_a_fact_in_a_link_is_not_a_link_in_a_link():
    assert html("[Call {{ phone }}](/callback/)") == '<p><a href="/callback/">Call (216) 555-0100</a></p>'


def test_a_fact_is_text_and_never_markup():
    facts = Facts(name="<b>*Clinic*</b> {{ phone }}", phone="216 555 0100")
    assert (
        markdown.render("At {{ name }}.", facts).intro.strip() == "<p>At &lt;b&gt;*Clinic*&lt;/b&gt; {{ phone }}.</p>"
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("We open {{ hours }}. Come in.", "<p>Come in.</p>"),
        ("Come in. We open {{ hours }}.", "<p>Come in.</p>"),
        ("One.\nIt is at {{ address }}.\nTwo.", "<p>One. Two.</p>"),
        ("We open {{ hours }}.", ""),
        ("First.\n\nWe open {{ hours }}.\n\nLast.", "<p>First.</p>\n<p>Last.</p>"),
        ("- We open {{ hours }}.\n- Come in.", "<ul>\n<li>Come in.</li>\n</ul>"),
        ("- Come in.\n- We open {{ hours }}.", "<ul>\n<li>Come in.</li>\n</ul>"),
        ("- We open {{ hours }}.\n- At {{ address }}.", ""),
        ("> We open {{ hours }}.", ""),
    ],
)
def test_a_sentence_with_an_empty_fact_is_left_out(text, left):
    assert html(text) == left


def test_a_section_that_has_nothing_left_is_left_out():
    assert [s.id for s in rendered("## Hours\n\n{{ hours }}\n\n## Ways\n\nText.").sections] == ["ways"]


def test_an_unknown_fact_is_a_fault_with_its_line():
    found = rendered("One.\n\nSee {{ fone }}.").found
    assert [(each.line, each.code, each.fix) for each in found] == [(3, "unknown-fact", "Did you mean {{ phone }}")]


def test_sections_have_lasting_anchors():
    sections = rendered("Intro.\n\n## It’s the *Way* back {#back}\n\nA.\n\n## Café & you\n\nB.").sections
    assert [(s.id, s.heading) for s in sections] == [
        ("back", "It’s the <em>Way</em> back"),
        ("cafe-you", "Café &amp; you"),
    ]


def test_two_headings_with_one_anchor_are_a_fault():
    assert codes("## One\n\nA.\n\n## One\n\nB.") == ["anchor-twice"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<b onclick=x>bold</b>",
        '<a href="javascript:alert(1)">x</a>',
        "<!-- hidden --><img src=x onerror=alert(1)>",
    ],
)
def test_raw_html_is_a_fault_and_shows_as_text(text):
    assert "html" in codes(text)
    assert "<script" not in html(text) and "<b " not in html(text) and "<img" not in html(text)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "http://plain.example", "//h/a"]
)
def test_a_link_that_runs_or_is_not_safe_has_no_address(link):
    assert "href" not in html(f"[x]({link})")


def test_template_marks_mean_nothing():
    assert "{% load" in html("{% load x %} {{ phone|safe }}")
    assert "{# note #}" in html("{# note #} a")


def test_components_are_drawn_around_what_they_hold():
    story = html("::: story\n“I came back. **It helped.**”\n:::")
    assert story.startswith('<figure class="story"><blockquote><p>“I came back. <strong>It helped.</strong>”</p>')
    assert "Stories here may be fictional, or blended from more than one person." in story
    assert '<div class="note"><p>A <a class="phone"' in html("::: note\nA {{ phone }}\n:::")
    assert html("::: steps\n1. **One.** Go.\n:::").startswith('<div class="steps"><ol>')
    assert 'href="/callback/"' in html("::: call-to-action\n:::")
    source = html('::: source title="A & B" year=2021 link="https://example.org/" review=2027-01-31\n:::')
    link = '<a href="https://example.org/">A &amp; B</a>'
    assert source == f'<p class="source">Source: {link}, 2021. Next review: January 2027.</p>'


def test_an_argument_is_never_markup():
    assert "<b>" not in html('::: source title="<b>x</b>"\n:::')
    assert "javascript" not in html('::: source title="x" link="javascript:alert(1)"\n:::')


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("::: storry\nx\n:::", "unknown-component"),
        ("::: source review=2027-01-31\n:::", "no-source-title"),
        ('::: source title="A"\n:::', "no-source-review"),
        ('::: source title="A" review=2027-02-30\n:::', "no-source-review"),
        ("::: note colour=red\nx\n:::", "unknown-argument"),
        ("# Title", "second-title"),
        ("![x](/a.png)", "picture-address"),
        (">" * 30 + " Text.", "too-deep"),
        ("word " * 1001, "long-paragraph"),
    ],
)
def test_what_does_not_fit_is_a_fault(text, code):
    assert code in codes(text)


def test_placeholders_are_found_by_their_heading():
    assert rendered("## Privacy\n\nAbout.\n\n::: placeholder\n:::\n\n## Done\n\nText.").placeholders == ["Privacy"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("::: story\nOnce.\n\n## Next {#next}\n\nText.", [(1, "open-component"), (4, "heading-inside")]),
        ("::: note\nA.\n::: \n::: story\nB.", [(4, "open-component")]),
        ("> ## Quoted", [(1, "heading-inside")]),
        ("> ::: story\n>", [(1, "open-component")]),
        ("Text.\n\n::: story", [(3, "open-component")]),
        ("::: note\nText.\n: more", [(1, "open-component")]),
        ("> ::: note\n> Text.\n> :::", []),
    ],
)
def test_a_block_that_has_no_end_is_a_fault(text, found):
    assert sorted((each.line, each.code) for each in rendered(text).found) == found


PIECES = st.sampled_from(
    [
        "<script",
        "<svg onload=alert(1)",
        "</figure>",
        "<iframe src=x",
        ">",
        "](javascript:alert(1))",
        "[x",
        "![x](//h/a.png)",
    ]
    + [
        "::: story\n",
        "::: source title=",
        ":::\n",
        "> ",
        "- ",
        "1. ",
        "## ",
        "{#a}",
        "{{ phone }}",
        "{{ hours }}",
        "`",
        "**",
        "_",
    ]
    + [
        "\n",
        "\n\n",
        "    ",
        "|",
        '"',
        "&lt;script&gt;",
        "&#106;avascript:",
        "\x00",
        "\u202e",
        "\\",
        "<!--",
        "AT&T &lt;",
        "text. ",
        "---\n",
    ]
)
UNSAFE = re.compile(
    r"<script|<svg|<iframe|<img[^>]*//|<[a-z]+[^>]*\son\w+=|(href|src)=\"\s*(javascript|data|//)", re.IGNORECASE
)


TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)


@given(TEXTS)
def test_no_text_makes_it_raise_or_lets_markup_through(text):
    result = rendered(text)
    page = result.intro + "".join(section.heading + section.html for section in result.sections)
    assert not UNSAFE.search(page)


@given(TEXTS)
def test_what_was_cleaned_stays_as_it_is_when_it_is_cleaned_again(text):
    try:
        result = rendered(text)
    except IndexError:  # as above
        return
    for html in (result.intro, *(html for section in result.sections for html in (section.heading, section.html))):
        assert safe_html.clean(html) == html


def test_the_search_for_markup_would_find_some():
    for text in ("<script>", '<a href="javascript:x">', '<p onclick="x">', "<svg>", '<img src="//h/a.png">'):
        assert UNSAFE.search(text)
