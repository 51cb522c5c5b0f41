"""Files that were written for somebody else: the texts that installed packages carry, as they are and with a header."""

import io
import re
import sysconfig
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from reentry_site.pages import edition
from reentry_site.pages.faults import Fault
from tests.pages.test_hostile import is_plain

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
TEXTS = sorted(path for form in ("*.md", "*.rst", "METADATA", "*.txt") for path in SITE_PACKAGES.rglob(form))
CLASS_NAME = re.compile(r"\b[A-Z]\w+(Error|Exception)\b|<class |Traceback")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Every text twice: as it is, and as the body of a page."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "facts.yaml").write_bytes((settings.CONTENT_DIR / "facts.yaml").read_bytes())
    for number, path in enumerate(TEXTS):
        text = path.read_bytes()
        (folder / f"bare-{number}.md").write_bytes(text)
        (folder / f"page-{number}.md").write_bytes(b'---\ntitle: "A page"\n---\n' + text)
    return folder


@pytest.fixture(scope="module")
def faults(folder) -> list[Fault]:
    return edition.build(folder)[1]


def test_there_are_foreign_texts_to_try():
    assert len(TEXTS) >= 100


def test_every_fault_of_a_foreign_text_has_plain_words_and_its_place(folder, faults):
    for fault in faults:
        text = (folder / fault.file).read_bytes().decode("utf-8", "replace")
        assert is_plain(fault), fault
        assert fault.line <= text.count("\n") + 1, fault
        name = CLASS_NAME.search(fault.message)
        assert not name or name[0] in text, fault  # quoted from the text itself


def test_every_text_without_a_header_is_told_so(faults):
    told = {fault.file for fault in faults if fault.severity == "error" and fault.file.startswith("bare-")}
    assert told == {f"bare-{number}.md" for number in range(len(TEXTS))}


def test_the_command_says_all_of_it_and_ends_with_1(folder):
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_content", str(folder), stdout=said)
    assert ended.value.code == 1
    assert re.search(r"^\d+ files cannot be published\.$", said.getvalue(), re.MULTILINE)
