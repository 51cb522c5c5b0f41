"""Files that nobody would write: whatever their bytes, the checker ends with faults, and no unsafe HTML comes out."""

import re
import signal
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as project
from hypothesis import given, settings
from hypothesis import strategies as st

from reentry_site.pages import edition, safe_html
from reentry_site.pages.faults import Fault
from tests.pages.conftest import CORPUS
from tests.pages.test_markdown import PIECES
from tests.site import PATIENCE

HEADER = "---\ntitle: A page\n---\n"
SEEDS = sorted(path.read_bytes() for folder in (project.CONTENT_DIR, CORPUS) for path in folder.rglob("*.md"))
FACTS = (project.CONTENT_DIR / "facts.yaml").read_bytes()

# Judged by a parser of its own ----------------------------------------------------------------------------------

TAGS = {"a", "blockquote", "br", "code", "div", "em", "figcaption", "figure", "h3", "h4", "hr", "img", "li", "ol", "p"}
TAGS |= {"pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "loading", "decoding"}, "ol": {"start"}, "h3": {"id"}, "h4": {"id"}}
ATTRIBUTES |= {"td": {"align"}, "th": {"align", "scope"}}


class _Unsafe(HTMLParser):
    """Collects every tag, attribute and address that may not stand on a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found += [tag] if tag not in TAGS else []
        for name, value in attrs:
            allowed = name in ATTRIBUTES.get(tag, set()) | {"class"}
            if not allowed or (name in {"href", "src"} and not _is_safe(name, value or "")):
                self.found.append(f"{tag} {name}={value}")

    def handle_other(self, text):
        self.found.append(text)

    handle_comment = handle_decl = handle_pi = unknown_decl = handle_other


def _is_safe(name: str, address: str) -> bool:
    """As a browser reads it: without line ends and tabs, and with \\ like /."""
    parts = urlsplit(re.sub(r"[\t\n\r]", "", address).lstrip("".join(map(chr, range(33)))).replace("\\", "/"))
    if name == "src":
        return re.fullmatch(r"/pictures/[\w-]+\.\w+", address) is not None
    return parts.scheme in {"https", "tel", "sms"} or not (parts.scheme or parts.netloc)


@pytest.mark.parametrize(
    "html",
    [
        "<script>",
        "<p onclick=x>",
        "<p style='a'>",
        '<a href="javascript:x">',
        '<a href=" java\tscript:x">',
        "<!-- x -->",
    ]
    + ['<a href="//x/">', '<a href="\\\\x">', '<a href="http://x/">', '<img src="/admin/">', '<img src="//x/a.png">'],
)
def test_the_parser_would_find_what_is_unsafe(html):
    assert _Unsafe(html).found


# Any bytes ------------------------------------------------------------------------------------------------------


@contextmanager
def patience():
    """What hangs is broken off and fails; how long anything takes is not judged here."""

    def give_up(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("content")
    (folder / "facts.yaml").write_bytes(FACTS)
    return folder


def judged(folder: Path, file: str, content: bytes) -> list[Fault]:
    """What the checker says; every page that it would publish is looked at."""
    (folder / file).write_bytes(content)
    try:
        with patience():
            built, faults = edition.build(folder)
        for page in built.pages.values():
            assert not _Unsafe(page.intro).found
            assert not [bad for each in page.sections for bad in _Unsafe(each.heading + each.html).found]
        return faults
    except edition.NoFacts as problem:
        return problem.faults
    finally:
        (folder / file).unlink()
        (folder / "facts.yaml").write_bytes(FACTS)


def is_plain(fault: Fault) -> bool:
    """A line of an editor's words with a place. `unreadable` would be an exception that was caught."""
    one_line = 0 < len(fault.message) <= 1001 and "\n" not in fault.message
    return fault.code != "unreadable" and one_line and fault.line >= 1 and fault.column >= 1


@st.composite
def mutated(draw, seeds: list[bytes]) -> bytes:
    """A real file with a few accidents: a bit flipped, a part cut, doubled, or taken from another file."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        other = draw(st.sampled_from(seeds))
        inside = draw(
            st.sampled_from(
                [
                    b"",
                    text[start:end] * 2,
                    other[start:end],
                    bytes(b ^ (1 << start % 8) for b in text[start : start + 1]),
                ]
            )
            | PIECES.map(str.encode)
        )
        text = text[:start] + inside + text[end if draw(st.booleans()) else start + 1 :]
    return text


YAML = st.lists(
    st.sampled_from(
        ["title", "kind", "order", "name", "phone", "hours", "monday", "aliases", "publish_at", "expires_at", "draft"]
        + [
            ": ",
            ":",
            "\n",
            "\n  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!int ",
            "|",
            ">",
            "'",
            '"',
            "#",
            " #",
            "? ",
        ]
        + [
            "9:00-17:00",
            "2030-01-31",
            "9999-12-31 23:59",
            "0001-01-01",
            "home",
            "faq",
            "yes",
            "1",
            "/a/",
            "\t",
            "---\n",
        ]
        + ["{{ phone }}", "{{ hours }}.", "<<: ", "%", "@", "`", "\\x00", '"\\ud800"', "\u2028", "\ufeff", "\x85"]
    )
    | st.text(max_size=3),
    max_size=25,
).map("".join)
PAGE = (
    st.binary(max_size=300)
    | mutated(SEEDS)
    | st.tuples(YAML, st.lists(PIECES, max_size=20).map("".join))
    .map(lambda both: f"---\ntitle: A\n{both[0]}\n---\n{both[1]}")
    .map(lambda text: text.encode("utf-8", "replace"))
)


@settings(deadline=None, max_examples=200)
@given(content=PAGE)
def test_no_bytes_as_a_page_make_the_checker_raise_hang_or_emit_unsafe_html(folder, content):
    for file in ("new.md", "faq.md"):
        assert [each for each in judged(folder, file, content) if not is_plain(each)] == []


@settings(deadline=None, max_examples=100)
@given(content=st.binary(max_size=300) | mutated([FACTS]) | YAML.map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_as_facts_make_the_checker_raise_or_hang(folder, content):
    assert [each for each in judged(folder, "facts.yaml", content) if not is_plain(each)] == []


# As large and as deep as a file may be --------------------------------------------------------------------------

SIZE = 128 * 1024 - 100


def filled(piece: str) -> str:
    return piece * (SIZE // len(piece))


@pytest.mark.parametrize(
    "body",
    [">" * 10_000, "[" * 10_000, "*" * 10_000, "![" * 10_000 + "](x)" * 10_000, "> - " * 10_000]
    + ["\n".join("  " * depth + "- a" for depth in range(350)), "# a" + " " * (SIZE - 10) + "b", "<a" + filled("a")]
    + [filled("'a\" "), filled("{{ x }}\n\n"), filled("## a\n\n"), filled("::: note\n"), filled("[a](/b/)\n\n")]
    + [filled("|a|b|\n|-|-|\n|c|d|\n\n"), "`".join(" " * 90 for _ in range(1300)), filled("- a\n"), filled("[a]: ")]
    + [filled("::: source\n:::\n"), ">" * 18 + filled("a\n"), filled("![a b](pictures/x.jpg)\n\n"), filled("<b>\n\n")],
    ids=lambda body: f"{body[:12]!r}",
)
def test_nothing_deep_long_or_many_makes_the_checker_hang(folder, body):
    faults = judged(folder, "new.md", (HEADER + body).encode())
    assert [each for each in faults if not is_plain(each)] == []
    assert len(faults) <= 250  # a flood is cut


@pytest.mark.parametrize(
    "header",
    ["a: " + "[" * 20_000, "a: " + "{a: " * 20_000, filled("a: b\n"), "title: " + filled("{{ a }}"), filled("- ")]
    + ["title: A\naliases:\n" + filled("- /a/\n"), "title: A\norder: " + filled("1"), 'title: "' + filled("a\\")],
    ids=lambda header: f"{header[:12]!r}",
)
@pytest.mark.parametrize("file", ["new.md", "facts.yaml"])
def test_no_header_and_no_facts_make_the_checker_hang(folder, file, header):
    text = header if file == "facts.yaml" else f"---\n{header}\n---\nText.\n"
    assert [each for each in judged(folder, file, text.encode()) if not is_plain(each)] == []


@pytest.mark.parametrize("file", ["new.md", "facts.yaml"])
def test_a_file_of_one_mebibyte_is_not_even_read(folder, file):
    assert [fault.code for fault in judged(folder, file, b"a: b\n" * 210_000)] == ["too-large"]


def test_a_fault_is_told_on_one_line_whatever_it_quotes(folder):
    text = "---\ntitle: A\nkind: faq\n---\nOne\ntwo\n---\n\nOne\ntwo\n---\n"
    said = [fault for fault in judged(folder, "new.md", text.encode()) if fault.severity == "error"]
    assert {fault.message for fault in said} >= {"The question “One two” has no answer."}
    assert not [fault for fault in said if "\n" in fault.message + fault.fix]


def test_of_a_flood_of_faults_the_errors_are_told_first(folder):
    said = judged(folder, "new.md", (HEADER + "I relapse.\n\n" * 300 + "## A\n\nText.\n\n## A\n\nText.\n").encode())
    assert len([fault for fault in said if fault.code == "anchor-twice"]) == 1
    assert [fault.message for fault in said if fault.code == "more"] == ["There are 201 more. See to these first."]


def test_what_the_parser_let_through_would_be_taken_out_all_the_same():
    unsafe = '<p onclick="x()">a<script>b()</script></p><a href="javascript:x()">c</a><a href="//else.example/">d</a>'
    assert safe_html.clean(unsafe + '<img src="https://else.example/x.png" alt="">') == (
        '<p>a</p><a>c</a><a>d</a><img alt="">'
    )
