"""One fault a file, the file named after it, and the exact words that an editor gets for it."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from django.conf import settings

from reentry_site.pages import edition
from tests.pages.conftest import CORPUS, EXPECTED, put_pictures

DRAFT = '---\ntitle: "A draft"\ndraft: yes\n---\nText.\n'
FILES = sorted(path.name for path in CORPUS.glob("*.md"))


def faults_of(file: str, folder: Path) -> list[dict]:
    """What is said of one file of the corpus, put among the real pages."""
    shutil.copytree(settings.CONTENT_DIR, folder)
    (folder / "a-draft.md").write_text(DRAFT, encoding="utf-8")
    put_pictures(folder)
    shutil.copy(CORPUS / file, folder)
    _, faults = edition.build(folder)
    # None of them is linked: only the file that is about that says so.
    alone = [each for each in faults if each.code != "nobody-links-here" or file == "nobody-links-here.md"]
    assert {each.file for each in alone} == {file}
    return [{key: value for key, value in asdict(each).items() if key != "file"} for each in alone]


@pytest.mark.parametrize("file", FILES)
def test_the_fault_is_told_in_these_words(file, tmp_path):
    assert faults_of(file, tmp_path / "content") == EXPECTED[file]


def test_every_file_has_one_fault_and_no_expectation_is_left_over():
    assert sorted(EXPECTED) == FILES
    assert len(FILES) >= 40
    assert {file: len(found) for file, found in EXPECTED.items() if len(found) != 1} == {}
