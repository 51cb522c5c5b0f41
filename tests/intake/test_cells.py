"""Cells of the export: whatever text comes, a spreadsheet shows it and runs nothing."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.admin import export


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", "\0=1", " =1", "\n\t=1", "\xa0=1", "\ufeff=1"]
    + ["\u200b=1", "\x1f=1", "＝1", "＋1", "－1", "＠x", "\u3000＝1", "﹢1"],
)
def test_a_cell_that_could_be_run_is_text(value):
    assert export.cell(value) == "'" + value.replace("\0", "")


@pytest.mark.parametrize("value", ["", "A1B2-C3D4", "2026-03-03T10:00:00-05:00", "no_answer; busy", "a=b", "'=1", "0"])
def test_a_harmless_cell_stays_as_it_is(value):
    assert export.cell(value) == value


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("=+-@\t\r\n\0 ＝＋－＠'\",;")))
def test_no_cell_begins_with_what_a_spreadsheet_runs(value):
    written = export._csv([["x", value]])
    (row,) = csv.reader(io.StringIO(written, newline=""))
    assert len(row) == 2
    assert row[1] in {value.replace("\0", ""), "'" + value.replace("\0", "")}
    assert not re.match(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]", row[1])
    assert "\0" not in written
    assert export.cell(row[1]) == row[1]
