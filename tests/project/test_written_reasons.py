"""Where the linter's security rules are set aside, the line says why."""

import re

from tests.site import ROOT

ROOMS = ("intake", "reentry_site", "bench", "tests")


def test_no_security_rule_is_set_aside_without_a_written_reason():
    files = [ROOT / "manage.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))]
    lines = [line for file in files for line in file.read_text().splitlines() if re.search(r"# noqa: S\d", line)]
    assert len(lines) > 5
    assert [line for line in lines if not re.search(r"# noqa: (S\d+,? ?)+ ?\(\w.+\)$", line)] == []


def test_no_file_is_set_aside_whole():
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    whole = re.compile(r"^# (ruff: noqa|flake8: noqa)|# noqa(?!:)", re.MULTILINE)
    assert [
        file.name for file in files if whole.search(file.read_text()) and file.name != "test_written_reasons.py"
    ] == []
