"""A restart: with nothing changed nothing is parsed or drawn, and whatever has changed, or is odd, is built anew."""

import datetime
import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from reentry_site.pages import drawing, edition, last_good, page, publishing, warm_start
from reentry_site.pages.publishing import Publisher
from tests.pages.conftest import BAD, MARK, mark, page_text, save

NOON = datetime.datetime(2026, 7, 1, 16, tzinfo=datetime.UTC)  # 12:00 in Cleveland
DAY = datetime.timedelta(days=1)


def restart(publisher: Publisher) -> publishing.Published:
    return Publisher(publisher.folder, publisher.kept).current()


def kept_file(publisher: Publisher) -> Path:
    return publisher.kept / warm_start.FILE


def is_warm(published: publishing.Published) -> bool:
    return MARK in published.finished["/privacy/"]


@pytest.fixture
def rich(publisher) -> Publisher:
    """All that an edition can hold: every fact, clocks, old addresses, one that is gone, a page with a fault."""
    facts = (publisher.folder / "facts.yaml").read_text()
    for line in (
        'hours:\n  monday: "9:00-17:30"\n  friday: "9:00-12:00"',
        "closed_days: [2026-12-25]",
        "languages: Español",
    ):
        key = line.partition(":")[0]
        facts = "\n".join(each for each in facts.splitlines() if not each.startswith(f"{key}:")) + f"\n{line}\n"
    save(publisher, "facts.yaml", facts)
    save(
        publisher, "new.md", page_text("Words.", "aliases: [/old/]\nexpires_at: 2126-01-01 12:00\nforward_to: /faq/\n")
    )
    save(publisher, "gone.md", page_text("Words of a page that goes."))
    (publisher.folder / "programs" / "new-group.md").rename(publisher.folder / "programs" / "other.md")
    (publisher.folder / "gone.md").unlink()
    save(publisher, "later.md", page_text("Words.", "publish_at: 2126-01-01\nnext_review: 2026-01-01\n"))
    save(publisher, "privacy.md", BAD)
    assert not [fault for fault in publisher.current().faults if fault.file == "facts.yaml"]
    return publisher


def test_a_restart_with_nothing_changed_parses_and_draws_nothing_and_is_the_same(rich, monkeypatch):
    before = rich.current()
    assert {"/old/", "/programs/new-group/"} <= before.edition.forwards.keys()
    assert "/gone/" in before.edition.gone
    for module, name in ((page, "read"), (drawing, "render_to_string"), (edition, "build")):
        monkeypatch.setattr(module, name, lambda *arguments: 1 / 0)
    again = restart(rich)
    assert again == before
    assert again is not before


def test_pages_from_the_kept_file_are_drawn_like_those_that_were_parsed(rich):
    """Their HTML is HTML still, and not text."""
    again = restart(rich)
    assert drawing.finish(again.edition) == again.finished


def test_nobody_changes_what_was_read(rich):
    again = restart(rich)
    for mapping in (again.finished, again.edition.pages, again.edition.forwards):
        with pytest.raises(TypeError):
            mapping["/x/"] = "/y/"


def write(file: str, text: str):
    return lambda publisher, _: (publisher.folder / file).write_text(text)


def other_facts(publisher, _) -> None:
    path = publisher.folder / "facts.yaml"
    path.write_text(path.read_text().replace("480-4860", "555-0143"))


def same_size_and_time(publisher, _) -> None:
    """A tool that writes into the file and sets its time back."""
    path = publisher.folder / "privacy.md"
    its = path.stat()
    with path.open("r+b") as file:
        file.seek(its.st_size - 3)
        file.write(b"X")
    os.utime(path, ns=(its.st_atime_ns, its.st_mtime_ns))


def other_static_names(_, monkeypatch) -> None:
    names = warm_start.staticfiles_storage.hashed_files
    monkeypatch.setitem(names, "css/site.css", "css/site.0.css")


def kept_file_as(change):
    return lambda publisher, _: kept_file(publisher).write_bytes(
        change(*kept_file(publisher).read_bytes().split(b"\n", 1))
    )


@pytest.mark.parametrize(
    "change",
    [
        write("privacy.md", page_text("Other words.")),
        write("programs/another.md", page_text("Text.")),
        lambda publisher, _: (publisher.folder / "programs" / "new-group.md").unlink(),
        other_facts,
        same_size_and_time,
        lambda _, monkeypatch: monkeypatch.setattr(warm_start, "DRAWN_WITH", "another release"),
        lambda _, monkeypatch: monkeypatch.setattr("django.conf.settings.PUBLIC_HOSTS", ["www.example.org"]),
        lambda _, monkeypatch: monkeypatch.setattr("django.conf.settings.DEBUG", True),
        other_static_names,
        lambda publisher, _: (publisher.kept / "privacy.md").write_bytes(b"\xff"),
        lambda publisher, _: kept_file(publisher).unlink(),
        kept_file_as(lambda header, packed: b""),
        kept_file_as(lambda header, packed: header),
        kept_file_as(lambda header, packed: header + b"\n" + packed[: len(packed) // 2]),
        kept_file_as(lambda header, packed: header + b"\n" + packed[:-9] + b"12345678" + packed[-1:]),
        kept_file_as(lambda header, packed: header + b"\n" + gzip.compress(b'{"pages": []}')),
        kept_file_as(lambda header, packed: b"\xff\x00\n" + packed),
    ],
    ids=[
        "page",
        "new page",
        "page away",
        "facts",
        "same size and time",
        "release",
        "host",
        "debug",
        "static names",
        "last good page",
    ]
    + ["no file", "empty", "header alone", "cut off", "damaged", "other shape", "no text"],
)
def test_what_changed_or_is_odd_is_built_anew_and_kept_for_the_next_start(publisher, monkeypatch, change):
    mark(publisher.kept)
    assert is_warm(restart(publisher))
    change(publisher, monkeypatch)
    last = last_good.read(publisher.kept)
    assert restart(publisher) == publishing.publish(publisher.folder, last)
    mark(publisher.kept)
    assert is_warm(restart(publisher))


@pytest.fixture
def release(tmp_path, settings) -> Path:
    """The code and the templates of a release, to change."""
    for name in ("reentry_site", "intake", "templates"):
        shutil.copytree(settings.BASE_DIR / name, tmp_path / "release" / name)
    settings.BASE_DIR = tmp_path / "release"
    return settings.BASE_DIR


@pytest.mark.parametrize("file", ["templates/crisis.html", "reentry_site/pages/markdown.py", "intake/urls.py"])
def test_a_changed_template_or_code_is_another_release(release, file):
    assert warm_start._drawn_with() == warm_start.DRAWN_WITH
    (release / file).write_text((release / file).read_text() + "\n")
    assert warm_start._drawn_with() != warm_start.DRAWN_WITH


def test_a_bad_page_keeps_its_last_good_version_after_a_warm_restart(publisher):
    save(publisher, "privacy.md", page_text("The last good words."))
    save(publisher, "privacy.md", BAD)
    mark(publisher.kept)
    again = Publisher(publisher.folder, publisher.kept)
    assert is_warm(again.current())
    assert b"The last good words." in again.current().finished["/privacy/"]
    assert "privacy.md" in {fault.file for fault in again.current().faults}
    save(again, "privacy.md", page_text("Mended."))
    assert b"Mended." in again.current().finished["/privacy/"]


def test_a_newer_good_version_that_another_process_kept_is_not_passed_over(publisher):
    """It saw a save that this one did not, between two broken ones."""
    save(publisher, "privacy.md", BAD)
    (publisher.kept / "privacy.md").write_text(page_text("Seen by the other one."))
    assert b"Seen by the other one." in restart(publisher).finished["/privacy/"]


def test_a_page_whose_time_came_while_the_server_was_down_is_public_at_the_start(publisher, monkeypatch):
    monkeypatch.setattr(edition, "right_now", lambda: NOON - DAY)
    save(publisher, "new.md", page_text("Words.", "publish_at: 2026-07-01 12:00\n"))
    assert "/new/" not in restart(publisher).finished
    monkeypatch.setattr(edition, "right_now", lambda: NOON)
    assert "/new/" in restart(publisher).finished


def test_a_start_after_the_day_of_a_review_brings_back_no_faults_of_the_day_before(publisher, monkeypatch):
    monkeypatch.setattr(edition, "right_now", lambda: NOON)
    save(publisher, "new.md", page_text("Words.", "next_review: 2026-07-01\n"))
    monkeypatch.setattr(edition, "right_now", lambda: NOON + DAY)
    assert "review-due" in {fault.code for fault in restart(publisher).faults}
    mark(publisher.kept)
    assert is_warm(restart(publisher))  # and that is what is kept from now on


def test_a_file_that_was_still_being_saved_is_looked_at_again_at_the_start(publisher):
    save(publisher, "privacy.md", page_text("Done."))
    (publisher.folder / "faq.md").write_text(page_text("0"))
    publisher.look()
    (publisher.folder / "faq.md").write_text(page_text("0 and 1"))
    (publisher.folder / "notices.md").unlink()
    (publisher.folder / "privacy.md").write_text(page_text("Done again."))
    publisher.look()
    again = restart(publisher)
    assert b"0 and 1" in again.finished["/faq/"]
    assert "/notices/" not in again.finished


def test_of_several_processes_one_writes(publisher):
    mark(publisher.kept)  # the same header, so the same content, as far as anyone can tell
    other = Publisher(publisher.folder, publisher.kept.with_name("other"))
    other.current()
    other.kept = publisher.kept
    other._keep()
    assert is_warm(restart(publisher))


def test_a_file_name_that_is_no_text_is_its_own_fault_and_takes_no_page_down(publisher):
    (publisher.folder / "\udcff.md").write_text("Text.")
    assert restart(publisher).finished == publisher.current().finished


def test_the_kept_file_is_for_this_account_only(publisher):
    assert kept_file(publisher).stat().st_mode & 0o077 == 0


def test_what_is_kept_can_be_read_by_a_person(publisher):
    """JSON and no pickle: reading it runs nothing."""
    _, _, packed = kept_file(publisher).read_bytes().partition(b"\n")
    assert json.loads(gzip.decompress(packed)).keys() == {"edition", "finished", "faults"}
