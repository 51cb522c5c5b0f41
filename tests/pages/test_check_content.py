"""`manage.py check_content`: words for people, a list for machines, and an exit that a script can go by."""

import json
import shutil

import pytest
from django.conf import settings
from django.core.management import call_command


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(settings.CONTENT_DIR, tmp_path / "content")
    return tmp_path / "content"


def check(folder, capsys, *arguments: str) -> tuple[int, str]:
    try:
        call_command("check_content", str(folder), *arguments)
    except SystemExit as ended:
        return ended.code, capsys.readouterr().out
    return 0, capsys.readouterr().out


def test_the_real_content_has_no_fault(capsys):
    assert check(settings.CONTENT_DIR, capsys) == (0, "The content has no fault.\n")


def test_a_fault_shows_what_stands_there_and_what_to_try(folder, capsys):
    (folder / "privacy.md").write_text("---\ntitle: What we keep: all of it\n---\nText.\n", encoding="utf-8")
    status, said = check(folder, capsys)
    assert status == 1
    assert said == (
        "privacy.md, line 2: error: A value with a colon needs straight quotes around it.\n"
        "    you have  title: What we keep: all of it\n"
        '    try       title: "What we keep: all of it"\n'
        "1 file cannot be published as it is.\n"
    )


def test_a_warning_is_told_and_does_not_fail(folder, capsys):
    (folder / "privacy.md").write_text('---\ntitle: "A relapse"\n---\nText.\n', encoding="utf-8")
    status, said = check(folder, capsys)
    assert status == 0
    assert "privacy.md, line 2: warning: “relapse” can hurt. Try: started using again." in said
    assert "Every page can be published." in said


def test_machines_get_a_list(folder, capsys):
    (folder / "privacy.md").write_text("Text.\n", encoding="utf-8")
    status, said = check(folder, capsys, "--format", "json")
    assert status == 1
    assert json.loads(said) == [
        {
            "file": "privacy.md",
            "line": 1,
            "column": 1,
            "severity": "error",
            "code": "no-header",
            "message": "The file does not start with a header.",
            "fix": "Put --- on the first line.",
        }
    ]


def test_facts_that_cannot_be_read_are_faults_and_no_traceback(folder, capsys):
    (folder / "facts.yaml").write_text("name: [\n", encoding="utf-8")
    status, said = check(folder, capsys)
    assert status == 1
    assert "facts.yaml, line" in said
