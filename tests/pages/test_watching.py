"""The watcher: a change goes live whole, once it has settled; what is broken, half saved or gone a moment does not."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from reentry_site.pages import last_good, publishing
from reentry_site.pages.publishing import Publisher

BAD = "---\ntitle: Call: now\n---\nText.\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(settings.CONTENT_DIR, tmp_path / "content")
    return tmp_path / "content"


@pytest.fixture
def publisher(folder, tmp_path) -> Publisher:
    publisher = Publisher(folder, tmp_path / "last-good")
    publisher.current()
    return publisher


def page(words: str) -> str:
    return f'---\ntitle: "What we keep"\n---\n{words}\n'


def shown(publisher: Publisher, path: str = "/privacy/") -> str:
    return publisher.current().finished.get(path, b"").decode()


def test_nothing_is_built_when_nothing_changed(publisher):
    before = publisher.current()
    assert [publisher.look(), publisher.look()] == [False, False]
    assert publisher.current() is before


def test_a_change_goes_live_once_it_has_stayed_the_same_for_one_look(folder, publisher):
    (folder / "privacy.md").write_text(page("First half"))
    assert publisher.look() is False
    (folder / "privacy.md").write_text(page("First half, second half."))
    assert publisher.look() is False
    assert "half" not in shown(publisher)
    assert publisher.look() is True
    assert "First half, second half." in shown(publisher)


def test_a_file_that_keeps_changing_delays_no_other(folder, publisher):
    (folder / "privacy.md").write_text(page("Done."))
    (folder / "faq.md").write_text(page("0"))
    publisher.look()
    (folder / "faq.md").write_text(page("0 and 1"))
    assert publisher.look() is True
    assert "Done." in shown(publisher)
    assert "insurance" in shown(publisher, "/faq/")
    assert publisher.look() is True
    assert "0 and 1" in shown(publisher, "/faq/")


def test_a_rename_over_the_file_is_seen(folder, publisher):
    (folder / "privacy.md.part").write_text(page("By rename."))
    (folder / "privacy.md.part").replace(folder / "privacy.md")
    publisher.look()
    publisher.look()
    assert "By rename." in shown(publisher)


def test_a_page_that_is_taken_away_goes_and_comes_back(folder, publisher):
    (folder / "programs" / "new-group.md").rename(folder / "away")
    publisher.look()
    assert shown(publisher, "/programs/new-group/")  # perhaps gone for a moment only
    publisher.look()
    assert not shown(publisher, "/programs/new-group/")
    (folder / "away").rename(folder / "programs" / "new-group.md")
    publisher.look()
    publisher.look()
    assert shown(publisher, "/programs/new-group/")


def test_a_page_that_is_taken_away_while_another_change_goes_live_goes_too(folder, publisher):
    (folder / "privacy.md").write_text(page("Done."))
    publisher.look()
    (folder / "programs" / "new-group.md").unlink()
    assert publisher.look() is True
    assert shown(publisher, "/programs/new-group/")  # perhaps gone for a moment only
    assert publisher.look() is True
    assert not shown(publisher, "/programs/new-group/")


def test_a_folder_that_is_gone_for_a_moment_takes_no_page_down(folder, publisher):
    before = dict(publisher.current().finished)
    folder.rename(folder.with_name("away"))
    for _ in range(3):
        publisher.look()
    assert dict(publisher.current().finished) == before
    folder.with_name("away").rename(folder)
    for _ in range(3):
        publisher.look()
    assert dict(publisher.current().finished) == before


def test_a_broken_page_and_broken_facts_keep_their_last_good_version_after_a_restart(folder, publisher, tmp_path):
    (folder / "privacy.md").write_text(page("The last good words."))
    publisher.look()
    publisher.look()
    (folder / "privacy.md").write_text(BAD)
    (folder / "facts.yaml").write_text("name: [\n")
    (folder / "programs" / "new.md").write_text(BAD)
    again = Publisher(folder, tmp_path / "last-good")
    assert "The last good words." in shown(again)
    assert shown(again, "/programs/new/") == ""
    assert again.current().edition.facts.name == "Tal Behavioral Health"
    assert {fault.file for fault in again.current().faults if fault.severity == "error"} == {
        "facts.yaml",
        "privacy.md",
        "programs/new.md",
    }


def test_a_start_with_an_empty_folder_loses_no_last_good_page(folder, publisher, tmp_path):
    """A folder that is not there yet (a mount, a checkout) is no decision to take every page down."""
    (folder / "privacy.md").write_text(BAD)
    folder.rename(folder.with_name("away"))
    assert not Publisher(folder, tmp_path / "last-good").current().finished
    folder.with_name("away").rename(folder)
    again = Publisher(folder, tmp_path / "last-good")
    assert shown(again) == shown(publisher)
    assert not again.current().edition.gone


def test_a_change_whose_publishing_failed_is_tried_again(folder, publisher, monkeypatch):
    (folder / "privacy.md").write_text(page("Tried twice."))
    publisher.look()
    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publisher.look()
    assert publisher.look() is True
    assert "Tried twice." in shown(publisher)


def test_two_processes_keep_the_same_last_good_version(folder, publisher, tmp_path):
    """One saw both saves, the other only the broken one: the second takes what the first has kept."""
    other = Publisher(folder, tmp_path / "last-good")
    other.current()
    (folder / "privacy.md").write_text(page("The last good words."))
    publisher.look()
    publisher.look()
    (folder / "privacy.md").write_text(BAD)
    for _ in range(2):
        other.look()
        publisher.look()
    assert "The last good words." in shown(publisher)
    assert "The last good words." in shown(other)
    assert "The last good words." in shown(Publisher(folder, tmp_path / "last-good"))


def test_what_is_kept_is_what_is_published(folder, publisher, tmp_path):
    (folder / "programs" / "new-group.md").unlink()
    publisher.look()
    publisher.look()
    kept = last_good.read(tmp_path / "last-good")
    assert dict(kept.pages) == dict(publisher.current().edition.pages)


def test_without_a_place_to_keep_them_pages_are_still_published(folder, tmp_path):
    (tmp_path / "last-good").write_text("a file where a folder belongs")
    publisher = Publisher(folder, tmp_path / "last-good")
    assert shown(publisher)
