"""The audit of locked packages passes only where each was asked about and none has a known fault."""

import pytest

from tests import audit

LOCK = """\
django==5.2.19 \\
    --hash=sha256:00
cffi==2.1.1 ; platform_python_implementation != 'PyPy' \\
    --hash=sha256:00
nh3==0.3.8 \\
    --hash=sha256:00
"""
CLEAN = [{"name": name, "version": "1", "vulns": []} for name in ("django", "nh3")]
FAULT = {"id": "CVE-1", "fix_versions": ["5.2.20"], "aliases": [], "description": ""}


def test_what_was_asked_about_and_has_no_known_fault_passes():
    assert audit.judged(LOCK, {"dependencies": CLEAN, "fixes": []}) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "django", "skip_reason": "not found"}, "django was not asked about: not found"),
        ({"name": "django", "version": "5.2.19", "vulns": [FAULT]}, "django 5.2.19: CVE-1 (mended in: 5.2.20)"),
        ({"name": "other", "version": "1", "vulns": []}, "django is missing from the report."),
    ],
)
def test_a_package_with_a_fault_or_without_an_answer_fails(changed, said):
    assert audit.judged(LOCK, {"dependencies": [changed, CLEAN[1]]}) == [said]


def test_a_package_that_one_platform_needs_is_no_exception_once_it_was_asked_about():
    skipped = {"name": "cffi", "skip_reason": "not found"}
    assert audit.judged(LOCK, {"dependencies": [*CLEAN, skipped]}) == ["cffi was not asked about: not found"]


def test_where_nobody_answers_one_sentence_says_so(monkeypatch):
    skipped = [{"name": name, "skip_reason": "not found"} for name in ("django", "nh3")]
    monkeypatch.setattr(audit, "asked", lambda lock: {"dependencies": skipped})
    with pytest.raises(SystemExit) as ended:
        audit.main()
    assert ended.value.code == f"requirements-audit.txt: {audit.NOBODY_ANSWERED}"
