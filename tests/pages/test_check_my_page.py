"""Check my page: the same judgement as in the folder, and nothing is saved."""

import logging
import re
import tempfile
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests.pages.conftest import (
    BAD,
    CANARY,
    CHECK,
    CORPUS,
    DRAFT,
    EXPECTED,
    checked,
    page_text,
    put_pictures,
    save,
    words,
)


def test_a_page_is_told_the_same_as_in_the_folder(editor, publisher):
    put_pictures(publisher.folder)
    save(publisher, "a-draft.md", DRAFT)
    said = {}
    for file in EXPECTED:
        uploaded = SimpleUploadedFile(file, (CORPUS / file).read_bytes())
        told = checked(editor.post(CHECK, {"file": file, "upload": uploaded}))
        alone = [each for each in told if each["code"] != "nobody-links-here" or file == "nobody-links-here.md"]
        assert {each.pop("file") for each in alone} == {file}
        said[file] = alone
    assert said == EXPECTED


def test_pasted_words_are_told_the_same_as_a_file(editor):
    answer = editor.post(CHECK, {"file": "privacy.md", "text": BAD.replace("\n", "\r\n")})
    assert [each["code"] for each in checked(answer)] == ["colon"]
    shown = words(answer)
    assert "It can’t be published like this" in shown
    assert 'title: "Call: now"' in shown
    assert answer.context["told"][0].typed == "title: Call: now"


def test_a_new_version_of_a_page_is_judged_in_its_place(editor):
    text = (project.CONTENT_DIR / "programs" / "new-group.md").read_text()
    answer = editor.post(CHECK, {"file": "programs/new-group.md", "text": text})
    assert checked(answer) == []
    assert "Nothing to fix" in words(answer)
    for anchor, codes in [("next", []), ("who-it-may-fit", ["broken-anchor"])]:
        text = page_text(f"[Words](/privacy/#{anchor})\n\n## More {{#next}}\n\nText.")
        assert [each["code"] for each in checked(editor.post(CHECK, {"file": "privacy.md", "text": text}))] == codes


def test_a_good_page_shows_how_it_would_look_in_a_frame_without_scripts(editor):
    answer = editor.post(CHECK, {"file": "new.md", "text": page_text(f"See <b>{CANARY}</b>", 'lead: "A “lead”"\n')})
    assert "iframe" not in words(answer)  # HTML in the text stops it
    answer = editor.post(CHECK, {"file": "new.md", "text": page_text(f"**{CANARY}**")})
    frame = re.search(r'<iframe [^>]*sandbox="allow-same-origin" srcdoc="([^"]*)"></iframe>', answer.content.decode())
    drawn = unescape(frame[1])
    assert f"<strong>{CANARY}</strong>" in drawn
    assert "Preview. Not public." in drawn
    assert "tel:988" in drawn
    assert drawn.rstrip().endswith("</html>")
    assert "preview.js" not in drawn


def test_what_was_typed_comes_back(editor):
    answer = editor.post(CHECK, {"file": "new.md", "text": page_text(CANARY)})
    assert answer.context["form"]["text"].value() == page_text(CANARY)
    uploaded = SimpleUploadedFile("new.md", page_text(CANARY).encode())
    answer = editor.post(CHECK, {"upload": uploaded})
    assert answer.context["form"]["file"].value() == "new.md"
    assert CANARY in answer.context["form"]["text"].value()


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({}, 422, "Say where the page will live"),
        ({"file": "new.md", "text": "  "}, 422, "Paste the words of the page"),
        ({"file": "new.md", "text": "x" * 100_000}, 413, "pick the file instead"),
        ({"file": "new.md", "upload": b"x" * (128 * 1024 + 1)}, 422, "over 128 KiB"),
        ({"file": "new.md", "upload": b"x" * (3 * 1024 * 1024)}, 413, "over 128 KiB"),
        ({"file": "new.md", "upload": page_text("word.\n\n" * 18_000).encode()}, 200, "Worth a look"),
    ],
    ids=["nothing", "no words", "pasted too much", "a byte too many", "far too large", "just below"],
)
def test_what_is_too_large_or_missing_is_told_in_clear_words(editor, sent, status, said):
    if "upload" in sent:
        sent = sent | {"upload": SimpleUploadedFile("new.md", sent["upload"])}
    answer = editor.post(CHECK, sent)
    assert answer.status_code == status
    assert said in words(answer)


def test_no_other_address_takes_as_much(editor, client):
    sent = {"phone": "216 555 0143", "note": "x" * 100_000}
    assert client.post("/callback/", sent).status_code == 413


def files_of(*folders: Path) -> dict[Path, bytes]:
    """What lies there; the tests' own database is looked at elsewhere."""
    files = [path for each in folders for path in each.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in files if not path.name.startswith("test.sqlite3")}


def in_the_cache() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM shared_cache ORDER BY cache_key")
        return cursor.fetchall()


@pytest.mark.parametrize("words", [f"**{CANARY}**", f"[{CANARY}](/nowhere/)", f"<b>{CANARY}", f"{CANARY}\n\n" * 3_000])
@pytest.mark.parametrize("way", ["text", "upload"])
def test_checking_a_page_saves_nothing(editor, publisher, caplog, monkeypatch, tmp_path, words, way):
    monkeypatch.setattr(tempfile, "_mkstemp_inner", lambda *args: pytest.fail("a temporary file"))
    text = page_text(words, f'lead: "{CANARY}"\n')
    editor.get(CHECK)  # that somebody is there is noted in their session, now and then
    before = files_of(project.DATA_DIR, publisher.folder, publisher.kept)
    sessions, published, cached = list(Session.objects.values()), publisher.current(), in_the_cache()
    with caplog.at_level(logging.DEBUG):
        sent = {"file": f"programs/{CANARY.replace(' ', '-')}.md"}
        sent |= {"text": text} if way == "text" else {"upload": SimpleUploadedFile("new.md", text.encode())}
        assert editor.post(CHECK, sent).status_code == (413 if way == "text" and len(text) > 65536 else 200)
    assert files_of(project.DATA_DIR, publisher.folder, publisher.kept) == before
    assert list(Session.objects.values()) == sessions
    assert publisher.current() is published
    assert in_the_cache() == cached
    assert "zebra" not in caplog.text
    for _ in range(2):
        assert publisher.look() is False
