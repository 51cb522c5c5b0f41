"""What the documents name is there: the tests that prove a promise, the files of the map."""

import ast
import re
from pathlib import Path

import pytest

from tests.site import ROOT

ROOMS = ("reentry_site", "intake", "content", "templates", "static", "bench", "tests", "docs")


def names_in(file: Path) -> set[str]:
    return {each.name for each in ast.parse(file.read_text()).body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("document", ["threat-model.md", "asvs.md"])
def test_each_test_that_a_document_names_is_there(document):
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", (ROOT / "docs" / document).read_text())
    assert len(named) > 20
    there = {file: names_in(ROOT / file) if (ROOT / file).exists() else set() for file, _ in named}
    assert {f"{file}::{name}" for file, name in named if name not in there[file]} == set()


def test_each_file_of_the_map_is_there():
    map_ = (ROOT / "README.md").read_text().partition("## The map")[2].split("```")[1]
    named = set(re.findall(r"[\w-]+\.(?:py|md|yaml)\b", map_))
    there = {path.name for room in ROOMS for path in (ROOT / room).rglob("*")} | {path.name for path in ROOT.iterdir()}
    assert len(named) > 50
    assert named - there == set()
