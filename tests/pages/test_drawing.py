"""Finished pages: one edit draws what it changes and no more, and what was not drawn again is right to the byte."""

import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reentry_site.pages import drawing, publishing

WORDS = st.sampled_from(["One", "Two", "Three"])
KEYS = st.fixed_dictionaries(
    {"title": WORDS},
    optional={
        "kind": st.sampled_from(["plain", "program", "article", "faq"]),
        "menu": WORDS,
        "order": st.integers(0, 2),
        "summary": WORDS,
        "closing": WORDS,
        "draft": st.sampled_from(["yes", "no"]),
        "reviewed_on": st.sampled_from(["2026-01-31", "2026-02-28"]),
    },
)
FILES = st.sampled_from(["programs.md", "programs/new-group.md", "programs/other.md", "programs/other/deeper.md"])
ANSWER = "{#referral}\n\n"
EDITS = st.lists(
    st.one_of(
        st.tuples(FILES, st.none() | st.tuples(KEYS, WORDS)),
        st.tuples(st.just("facts.yaml"), st.sampled_from(["0143", "0199"])),
        st.tuples(st.just("faq.md"), WORDS),
    ),
    max_size=6,
)


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(settings.CONTENT_DIR, tmp_path / "content")


def edit(folder: Path, file: str, change) -> None:
    path = folder / file
    if change is None:
        path.unlink(missing_ok=True)
    elif isinstance(change, tuple):
        header, word = change
        path.parent.mkdir(exist_ok=True)
        path.write_text("---\n" + "".join(f"{k}: {v}\n" for k, v in header.items()) + f"---\n{word}.\n\n## A\n\nB.\n")
    elif file == "facts.yaml":
        path.write_text(f'name: "Tal Behavioral Health"\nphone: "216 555 {change}"\n')
    else:  # the words of an answer that the front page shows, too
        path.write_text((settings.CONTENT_DIR / file).read_text().replace(ANSWER, f"{ANSWER}{change}. "))


@given(EDITS)
@example([("programs.md", ({"title": word}, "Three")) for word in ("One", "Two")])  # named on the way to those below
@hypothesis_settings(deadline=None, max_examples=40)
def test_pages_after_any_edits_are_the_bytes_of_pages_drawn_from_nothing(edits):
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(settings.CONTENT_DIR, Path(name) / "content")
        published = publishing.publish(folder)
        for file, change in edits:
            edit(folder, file, change)
            published = publishing.publish(folder, published.edition, before=published)
            assert published.finished == drawing.finish(published.edition)


@pytest.mark.parametrize(
    ("file", "old", "new", "drawn"),
    [
        ("privacy.md", "What your request holds", "What it holds", ["/privacy/"]),
        ("programs/new-group.md", "Begin with", "Start with", ["/programs/", "/programs/new-group/"]),
        ("faq.md", ANSWER, f"{ANSWER}And so on. ", ["/", "/faq/"]),
        ("README.md", "a", "b", []),
    ],
)
def test_one_edit_draws_only_the_pages_that_show_it(folder, monkeypatch, file, old, new, drawn):
    before = publishing.publish(folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    seen = []

    def draw(template: str, context: dict) -> str:
        seen.append(context["path"])
        return ""

    monkeypatch.setattr(drawing, "render_to_string", draw)
    publishing.publish(folder, before.edition, before=before)
    assert sorted(seen) == drawn
