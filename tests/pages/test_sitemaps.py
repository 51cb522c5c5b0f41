"""Search engines learn of every published page and of nothing else, and of the day when its words last changed."""

import datetime
import os
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings as real_settings
from django.utils import timezone

from reentry_site.pages import edition, last_changed, publishing
from reentry_site.pages.publishing import Publisher

MONDAY, TUESDAY = datetime.date(2026, 3, 2), datetime.date(2026, 3, 3)


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(real_settings.CONTENT_DIR, tmp_path / "content")


@pytest.fixture
def kept(tmp_path, folder) -> Path:
    """Every page of the folder was new on Monday."""
    keep(tmp_path / "kept", folder, MONDAY)
    return tmp_path / "kept"


def keep(kept: Path, folder: Path, today: datetime.date) -> None:
    last_changed.keep(kept, edition.build(folder)[0], today)


def changed_on(kept: Path, day: datetime.date) -> set[str]:
    return {path for path, each in last_changed.read(kept).items() if each == day.isoformat()}


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


# The sitemap ---------------------------------------------------------------------------------------------------


def test_the_sitemap_names_every_page_once(of_django):
    xml = of_django.get("/sitemap.xml").content.decode()
    named = re.findall(r"<loc>http://testserver(.*?)</loc>", xml)
    assert named == sorted(publishing.current().finished)


def test_the_sitemap_tells_the_day_that_was_kept_for_each_page(of_django, monkeypatch, kept):
    monkeypatch.setattr(publishing, "KEPT", kept)
    xml = of_django.get("/sitemap.xml").content.decode()
    assert re.findall(r"<lastmod>(.*?)</lastmod>", xml) == ["2026-03-02"] * len(publishing.current().finished)


def test_a_page_whose_day_is_not_known_tells_none(of_django, monkeypatch, tmp_path):
    monkeypatch.setattr(publishing, "KEPT", tmp_path)
    xml = of_django.get("/sitemap.xml").content.decode()
    assert "<loc>" in xml and "lastmod" not in xml


def test_a_public_sitemap_names_the_one_host_whichever_was_asked(of_django, settings):
    publishing.current()  # these pages are built once, for all tests: not with this setting
    settings.PUBLIC_HOSTS = ["www.example.org", "testserver"]
    assert "<loc>https://www.example.org/faq/</loc>" in of_django.get("/sitemap.xml").content.decode()
    assert "Sitemap: https://www.example.org/sitemap.xml" in of_django.get("/robots.txt").content.decode()


def test_robots_names_the_sitemap_and_no_private_page(of_django):
    text = of_django.get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in text
    assert "received" not in text and "yours" not in text


# The day -------------------------------------------------------------------------------------------------------


def test_what_is_published_gets_its_day_at_once_and_keeps_it_when_the_site_starts_anew(folder, tmp_path):
    publisher = Publisher(folder, tmp_path / "last-good")
    pages = publisher.current().edition.pages.keys()
    assert changed_on(publisher.kept, timezone.localdate()) == pages
    record = publisher.kept / last_changed.FILE
    record.write_text(record.read_text().replace(timezone.localdate().isoformat(), MONDAY.isoformat()))
    Publisher(folder, publisher.kept).current()
    assert changed_on(publisher.kept, MONDAY) == pages


def test_only_the_page_whose_words_changed_gets_a_new_day(folder, kept):
    change(folder / "privacy.md", "Who can read it", "Who reads it")
    keep(kept, folder, TUESDAY)
    assert changed_on(kept, TUESDAY) == {"/privacy/"}
    assert "/faq/" in changed_on(kept, MONDAY)


def test_the_times_of_files_are_no_day(folder, kept):
    for file in folder.rglob("*.md"):
        os.utime(file, (0, 0))
    keep(kept, folder, TUESDAY)
    assert changed_on(kept, TUESDAY) == set()


def test_a_fact_changes_the_pages_that_show_it_and_no_other(folder, kept):
    change(folder / "facts.yaml", "Cleveland, Ohio", "Euclid, Ohio")
    keep(kept, folder, TUESDAY)
    assert changed_on(kept, TUESDAY) == {"/programs/", "/coming-back/"}


def test_a_page_that_moves_with_its_words_takes_its_day_along(folder, kept):
    (folder / "programs" / "new-group.md").rename(folder / "programs" / "other-group.md")
    built = edition.build(folder, edition.build(real_settings.CONTENT_DIR)[0])[0]
    last_changed.keep(kept, built, TUESDAY)
    assert "/programs/other-group/" in changed_on(kept, MONDAY)
    assert "/programs/new-group/" not in last_changed.read(kept)


@pytest.mark.parametrize("text", ['{"/": [', "[]", '{"/": 1}', '{"/": ["x"]}', ""])
def test_a_record_that_cannot_be_read_is_begun_anew(folder, kept, text):
    (kept / last_changed.FILE).write_text(text)
    keep(kept, folder, TUESDAY)
    assert changed_on(kept, TUESDAY) == edition.build(folder)[0].pages.keys()


def test_nothing_is_written_when_nothing_changed(folder, kept):
    before = (kept / last_changed.FILE).stat()
    keep(kept, folder, TUESDAY)
    after = (kept / last_changed.FILE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
