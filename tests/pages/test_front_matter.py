"""Header text → values that are still text, with their places; a slip is a fault with line and fix, never a crash."""

import pytest

from reentry_site.pages import front_matter

GOOD = """---
title: "Call: now"
order: 010
draft: no
questions: [one, two]
---
Body
"""


def test_every_value_stays_the_text_that_was_typed():
    header, faults = front_matter.read(GOOD, "a.md")
    assert faults == []
    assert header.values == {"title": "Call: now", "order": "010", "draft": "no", "questions": ["one", "two"]}
    assert header.places["order"] == (3, 1)
    assert (header.body, header.body_line) == ("Body\n", 7)


def test_a_byte_order_mark_and_windows_line_ends_make_no_difference():
    plain, _ = front_matter.read(GOOD, "a.md")
    windows, faults = front_matter.read("\ufeff" + GOOD.replace("\n", "\r\n"), "a.md")
    assert faults == []
    assert windows == plain


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "no-header"),
        ("title: A\n", 1, "no-header"),
        ("---\ntitle: A\n", 1, "open-header"),
        ("---\ntitle: Call: now\n---\n", 2, "colon"),
        ("---\ntitle: A\n\tkind: plain\n---\n", 3, "tab"),
        ('---\ntitle: "A\n---\n', 2, "quotes"),
        ("---\ntitle: &a [*a]\n---\n", 2, "special-start"),
        ("---\ntitle: *A\n---\n", 2, "special-start"),
        ("---\ntitle: @home\n---\n", 2, "special-start"),
        ("---\ntitle: A\ntitle: B\n---\n", 3, "key-twice"),
        ("---\n- one\n---\n", 2, "no-keys"),
        ("---\ntitle: \x07\n---\n", 2, "header-character"),
    ],
)
def test_a_slip_is_a_fault_with_its_line(text, line, code):
    _, faults = front_matter.read(text, "a.md")
    assert [(fault.line, fault.code, fault.severity) for fault in faults] == [(line, code, "error")]


def test_a_colon_in_a_value_gets_the_line_to_paste():
    _, faults = front_matter.read("---\ntitle: Call: now\n---\n", "a.md")
    assert faults[0].fix == 'title: "Call: now"'
