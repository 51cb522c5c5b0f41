"""How hard a page is to read: our counter and textstat's agree on every page.

textstat misses a syllable of "about", "again" or "open" (it counts the places where a word may be hyphenated, and no
hyphen leaves one letter alone) and rounds its averages, so that no two right counters agree better than this.
"""

import pytest
import textstat
from django.conf import settings

from reentry_site import facts
from reentry_site.pages import edition, front_matter, markdown
from reentry_site.pages.rendered import Prose


def prose_of(file: str) -> list[Prose]:
    header, _ = front_matter.read((settings.CONTENT_DIR / file).read_text(encoding="utf-8"), file)
    return markdown.render(header.body, facts.current()).prose


def text_of(prose: list[Prose]) -> str:
    said = [each.text for each in prose if not each.level]
    return " ".join(text if text.rstrip()[-1:] in ".?!…”" else f"{text}." for text in said)


def answers() -> dict[str, str]:
    """Question → the words of its answer."""
    found: dict[str, list[Prose]] = {}
    for each in prose_of("faq.md"):
        question = each.text if each.level else question  # noqa: F821  an answer follows its question
        found.setdefault(question, []).append(each)
    return {question: text_of(prose) for question, prose in found.items()}


TEXTS = {file: text_of(prose_of(file)) for file in edition.files(settings.CONTENT_DIR)} | answers()


@pytest.mark.parametrize("name", TEXTS)
def test_the_grade_is_within_one_of_textstats(name):
    text = TEXTS[name]
    assert markdown.reading_grade(text) == pytest.approx(textstat.flesch_kincaid_grade(text), abs=1.0)


@pytest.mark.parametrize(
    ("syllables", "words"),
    [
        (1, "whole sealed asked queen don't the rhythm tried while sea"),
        (2, "about every open many schedule table changes wanted settled boxes something language quiet being isn’t"),
        (3, "nobody easier idea area appointment hospital"),
        (4, "medication"),
    ],
)
def test_syllables_are_counted_by_rule(syllables, words):
    """By the formula, a text of one word has the grade 0.39 + 11.8 syllables - 15.59."""
    counted = {word: round((markdown.reading_grade(word) + 15.59 - 0.39) / 11.8) for word in words.split()}
    assert counted == dict.fromkeys(words.split(), syllables)


def test_headings_do_not_make_a_hard_page_look_easy(tmp_path):
    (tmp_path / "facts.yaml").write_bytes((settings.CONTENT_DIR / "facts.yaml").read_bytes())
    hard = "Before you begin another program, we look at whatever may have helped you. " * 4
    headings = "\n\n".join(f"## Go {number}" for number in range(12))
    (tmp_path / "new.md").write_text(f'---\ntitle: "A page"\n---\n{hard}\n\n{headings}\n', encoding="utf-8")
    assert "hard-to-read" in [fault.code for fault in edition.build(tmp_path)[1]]
