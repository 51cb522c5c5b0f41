"""Publishing: a good change goes live whole, a bad one leaves readers what they had."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from reentry_site.pages import edition, page, publishing

BAD = "---\ntitle: Call: now\n---\nText.\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the real content, to edit and break."""
    shutil.copytree(settings.CONTENT_DIR, tmp_path / "content")
    return tmp_path / "content"


def codes(published) -> list[tuple[str, str]]:
    """The errors: pages made for a test are linked by none, which is a warning."""
    return [(fault.file, fault.code) for fault in published.faults if fault.severity == "error"]


def write(folder: Path, name: str, body: str, header: str = "title: A page") -> None:
    (folder / name).write_text(f"---\n{header}\n---\n{body}\n", encoding="utf-8")


def test_addresses_follow_the_files(folder):
    write(folder, "programs/another.md", "Text.", "title: Another\nkind: program")
    assert "/programs/another/" in publishing.publish(folder).finished


def test_a_bad_page_keeps_its_last_good_version_and_delays_no_other(folder):
    first = publishing.publish(folder)
    (folder / "faq.md").write_text(BAD, encoding="utf-8")
    write(folder, "privacy.md", "All new words.", "title: What we keep")
    second = publishing.publish(folder, first.edition)
    assert codes(second) == [("faq.md", "colon")]
    assert second.finished["/faq/"] == first.finished["/faq/"]
    assert b"All new words." in second.finished["/privacy/"]


def test_a_new_bad_page_is_not_published(folder):
    (folder / "new.md").write_text(BAD, encoding="utf-8")
    assert "/new/" not in publishing.publish(folder).finished


def test_bad_facts_keep_the_last_good_ones(folder):
    first = publishing.publish(folder)
    (folder / "facts.yaml").write_text('name: "X"\nphone: "call us"\n', encoding="utf-8")
    second = publishing.publish(folder, first.edition)
    assert second.edition.facts == first.edition.facts
    assert codes(second) == [("facts.yaml", "fact")]


def test_facts_that_were_never_good_publish_nothing(folder):
    (folder / "facts.yaml").unlink()
    with pytest.raises(edition.NoFacts, match="facts.yaml"):
        publishing.publish(folder)


def test_a_draft_is_in_no_page_list_or_menu(folder):
    write(folder, "programs/secret.md", "Text.", "title: Secret\nkind: program\nmenu: Secret\ndraft: yes")
    published = publishing.publish(folder)
    assert "/programs/secret/" not in published.finished
    assert not any(b"Secret" in page for page in published.finished.values())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[x](/nowhere/)", "broken-link"),
        ("[x](nowhere)", "broken-link"),
        ("[x](http://example.org/)", "link-without-tls"),
        ("[x](/faq/#nowhere)", "broken-anchor"),
        ("[x](#nowhere)", "broken-anchor"),
        ("[x](/hidden/)", "link-to-draft"),
    ],
)
def test_a_link_that_leads_nowhere_is_a_fault(folder, body, code):
    write(folder, "hidden.md", "Text.", "title: Hidden\ndraft: yes")
    write(folder, "new.md", body)
    published = publishing.publish(folder)
    assert codes(published) == [("new.md", code)]
    assert "/new/" not in published.finished


@pytest.mark.parametrize(
    "body", ["[x](/callback/)", "[x](/faq/#insurance)", "[x](https://example.org/)", "[x](#here)\n\n## A {#here}\n\nB."]
)
def test_a_link_that_leads_somewhere_is_none(folder, body):
    write(folder, "new.md", body)
    assert "/new/" in publishing.publish(folder).finished


def test_a_link_to_a_page_that_is_held_back_holds_back_no_other(folder):
    (folder / "new.md").write_text(BAD, encoding="utf-8")
    write(folder, "other.md", "[x](/new/)")
    published = publishing.publish(folder)
    assert codes(published) == [("new.md", "colon")]
    assert "/other/" in published.finished


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("kind: plain", "no-title"),
        ("title: A\ntitel: B", "unknown-key"),
        ("title: A\nkind: essay", "unknown-kind"),
        ("title: A\norder: first", "wrong-value"),
        ("title: A\nlead: See {{ fone }}.", "unknown-fact"),
        ("title: A\nkind: [plain]", "unknown-kind"),
        ("title: A\ndraft: maybe", "wrong-value"),
    ],
)
def test_a_header_is_judged_by_its_kind(folder, header, code):
    write(folder, "new.md", "Text.", header)
    assert codes(publishing.publish(folder)) == [("new.md", code)]


def no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


def dangling_link(path: Path) -> None:
    path.symlink_to("nowhere.md")


def text(words: str):
    return lambda path: path.write_text(words, encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (no_text, "not-utf-8"),
        (Path.mkdir, "unreadable"),
        (dangling_link, "unreadable"),
        (text("---\ntitle: A\n---\n> ::: story\n>"), "open-component"),
        (text("---\ntitle: A\n---\n" + "Text.\n" * 22_000), "too-large"),
        (text('---\ntitle: "\\ud800"\n---\n'), "header-character"),
        (text("---\ntitle: " + "[" * 5000 + "\n---\n"), "header-depth"),
    ],
)
def test_an_odd_file_is_its_own_fault_and_takes_no_other_page_down(folder, make, code):
    first = publishing.publish(folder)
    make(folder / "new.md")
    second = publishing.publish(folder, first.edition)
    assert codes(second) == [("new.md", code)]
    assert second.finished == first.finished


def test_a_slip_of_the_parser_itself_is_told_as_the_files_fault(folder, monkeypatch):
    first = publishing.publish(folder)
    with monkeypatch.context() as broken:
        broken.setattr(page, "read", lambda *_: 1 / 0)
        (folder / "new.md").write_text("---\ntitle: A\n---\nText.\n", encoding="utf-8")
        second = publishing.publish(folder, first.edition)
    assert codes(second) == [("new.md", "unreadable")]
    assert second.finished == first.finished


@pytest.mark.parametrize("name", ["faq copy.md", "Weekend.md", "under_line.md", "new-.md"])
def test_a_name_that_is_no_address_is_a_fault(folder, name):
    write(folder, name, "Text.")
    assert codes(publishing.publish(folder)) == [(name, "file-name")]


@pytest.mark.parametrize(
    ("header", "told"),
    [("draft: yes", False), ("publish_at: 2126-01-31", False), ("expires_at: 2020-01-31", False), ("order: 1", True)],
)
def test_only_a_page_that_is_public_is_told_that_no_page_leads_there(folder, header, told):
    write(folder, "new.md", "Text.", f"title: A page\n{header}")
    faults = [(fault.file, fault.code) for fault in publishing.publish(folder).faults]
    assert faults == [("new.md", "nobody-links-here")] * told


def test_a_second_page_does_not_take_a_place_in_the_menu(folder):
    write(folder, "faq-2.md", "Text.", "title: A\nmenu: Questions")
    assert codes(publishing.publish(folder)) == [("faq-2.md", "menu-twice")]


def test_a_page_says_who_reviewed_it_and_when(folder):
    facts = (folder / "facts.yaml").read_text().replace("clinicians: []", 'clinicians:\n  - "Ana Cole, LISW"')
    (folder / "facts.yaml").write_text(facts)
    review = 'reviewed_on: 2026-03-02\nreviewed_by: "Ana Cole, LISW"\nnext_review: 2126-03-02'
    write(folder, "privacy.md", "Words.", f"title: What we keep\n{review}")
    page = publishing.publish(folder).finished["/privacy/"].decode()
    assert "Reviewed March 2, 2026 by Ana Cole, LISW. Next review: March 2126." in page


def test_no_page_touches_the_database(folder):
    """pytest-django keeps the database shut for this test."""
    assert edition.build(folder)[1] == []


def test_the_faq_is_the_only_place_of_its_answers(folder):
    published = publishing.publish(folder)
    home, faq = published.finished["/"].decode(), published.edition.pages["/faq/"]
    shown = [section for section in faq.sections if section.heading in home]
    assert {section.id for section in shown} == set(published.edition.pages["/"].questions)
    assert all(section.html in home for section in shown)
