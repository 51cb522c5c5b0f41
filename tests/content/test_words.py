"""The words on the site: our own, easy to read, without shame, and without a fact that nobody gave."""

import hashlib
import re
from pathlib import Path

import textstat

from reentry_site import facts

# 64-bit fingerprints of each run of eight words of the source article; the article itself is not ours to print.
SOURCE = set((Path(__file__).parent / "source_article_runs.txt").read_text().split())
NAMES = re.compile(r"tal behavioral health|216 480 4860|shaker heights|cleveland ohio")
GRADE, FORM_GRADE, SENTENCE_WORDS = 6, 5, 25

SHAMING = re.compile(
    r"\b(addicts?|junkies?|alcoholics?|abus(e|er|ers|ing)|relaps\w*|drop ?outs?|dropped out|failed treatment|"
    r"non.?complian\w*|"
    r"resistant|frequent flyer|refus(e|ed)|no.?show|readmi\w+|terminated|suffers? from|committed suicide|rock bottom|"
    r"compliance|excuses?|patients?|should(?! we)|invalid|oops)\b",
    re.IGNORECASE,
)
HOURS = re.compile(r"\b\d{1,2} ?(a|p)\.?m|(Mon|Tues|Wednes|Thurs|Fri)day")  # not in a code, which is capitals
CLAIMS = re.compile(r"guarantee|100 ?%|hipaa|success rate|confidential|virtual|telehealth|\$\d", re.IGNORECASE)


def runs_of_eight(text: str) -> dict[str, str]:
    """Fingerprint → the run of eight words, case, punctuation and the clinic's names aside."""
    plain = " ".join(re.findall(r"[^\W_]+", text.lower().replace("’", "").replace("'", "")))
    words = NAMES.sub(" ", plain).split()
    runs = (" ".join(words[start : start + 8]) for start in range(len(words) - 7))
    return {hashlib.sha256(run.encode()).hexdigest()[:16]: run for run in runs}


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])[”’)]?\s+", text)


def test_no_run_of_eight_words_is_the_source_articles(pages, asked):
    for path, text in (pages | asked).items():
        copied = [run for print_, run in runs_of_eight(text).items() if print_ in SOURCE]
        assert copied == [], path


def test_a_copied_sentence_would_be_found():
    """The fingerprints can find a leak: the article's first question is one."""
    assert len(SOURCE) > 1000
    line = "What if I left because I didn’t like the group or schedule?"
    assert runs_of_eight(line).keys() & SOURCE


def test_every_page_reads_at_grade_6_and_the_form_at_5(pages, asked):
    grades = {name: textstat.flesch_kincaid_grade(text) for name, text in (pages | asked).items()}
    limits = {name: FORM_GRADE if name in {"form", "faults"} else GRADE for name in grades}
    assert {name: grade for name, grade in grades.items() if grade > limits[name]} == {}


def test_no_sentence_has_more_than_25_words(pages, asked):
    long = [s for text in (pages | asked).values() for s in sentences(text) if len(s.split()) > SENTENCE_WORDS]
    assert long == []


def test_no_word_shames(pages, asked):
    found = {name: SHAMING.search(text)[0] for name, text in (pages | asked).items() if SHAMING.search(text)}
    assert found == {}


def test_ghosted_stands_only_in_the_one_question_and_in_thoughts(pages):
    found = {
        name: len(re.findall("ghost", text, re.IGNORECASE)) for name, text in pages.items() if "ghost" in text.lower()
    }
    assert found == {"/faq/": 1, "/coming-back/": 1}


def test_nothing_is_claimed_that_nobody_gave(pages, asked):
    found = {name: CLAIMS.search(text)[0] for name, text in (pages | asked).items() if CLAIMS.search(text)}
    assert found == {}


def test_while_the_clinics_hours_are_empty_the_form_names_no_hour_and_no_weekday(asked):
    assert "hours" in facts.current().missing()
    found = {name: HOURS.search(text)[0] for name, text in asked.items() if HOURS.search(text)}
    assert found == {}


def test_no_exclamation_mark_and_no_emoji(pages, asked):
    for name, text in (pages | asked).items():
        assert not re.search("[!\U0001f300-\U0001faff\u2600-\u27bf]", text), name


def test_no_number_of_a_crisis_line_or_the_clinic_is_typed_in_the_content(settings):
    for file in settings.CONTENT_DIR.rglob("*.md"):
        assert not re.search(r"\b(911|988)\b|480.?4860", file.read_text()), file.name


def test_an_empty_fact_leaves_no_trace(pages):
    given = facts.current()
    assert "hours" in given.missing()
    for name, text in pages.items():
        assert "{{" not in text, name
        assert not re.search(r"[:,]\s*\.(\s|$)|\(\)|\s\.(\s|$)", text), name


def test_the_seven_questions_have_their_answers_and_lasting_anchors(settings):
    headings = re.findall(r"^## .*\{#([\w-]+)\}$", (settings.CONTENT_DIR / "faq.md").read_text(), re.MULTILINE)
    assert headings == [
        "still-welcome",
        "starting-over",
        "referral",
        "group-or-schedule",
        "using-again",
        "insurance",
        "first-step",
    ]
