"""Addresses and clocks: a page begins and ends to the minute, and no old address is lost without a word."""

import datetime
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from reentry_site.pages import edition, last_good
from reentry_site.pages.publishing import Publisher

NOON = datetime.datetime(2026, 7, 1, 16, tzinfo=datetime.UTC)  # 12:00 in Cleveland
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(settings.CONTENT_DIR, tmp_path / "content")
    return tmp_path / "content"


def write(folder: Path, name: str, *header: str, body: str = "Text.") -> None:
    lines = "\n".join(['title: "A page"', *header])
    (folder / name).write_text(f"---\n{lines}\n---\n{body}\n", encoding="utf-8")


def build(folder: Path, now=NOON, last=None):
    built, faults = edition.build(folder, last, now=now)
    codes = [(fault.file, fault.code) for fault in faults if fault.code != "nobody-links-here"]
    return built, codes


# The clock -----------------------------------------------------------------------------------------------------


def test_a_page_begins_to_the_minute_on_the_clinics_clock(folder):
    write(folder, "new.md", "publish_at: 2026-07-01 12:00")
    before, _ = build(folder, NOON - MINUTE)
    assert "/new/" not in before.pages
    assert before.next_change == NOON
    after, _ = build(folder, NOON)
    assert "/new/" in after.pages
    assert after.next_change is None


def test_a_page_ends_to_the_minute_and_sends_readers_on(folder):
    write(folder, "new.md", "expires_at: 2026-07-01 12:00", "forward_to: /faq/#insurance")
    before, _ = build(folder, NOON - MINUTE)
    assert ("/new/" in before.pages, before.next_change) == (True, NOON)
    after, _ = build(folder, NOON, before)
    assert "/new/" not in after.pages
    assert after.forwards["/new/"] == "/faq/#insurance"


def test_a_page_that_ends_without_a_place_to_go_is_simply_gone(folder):
    write(folder, "new.md", "expires_at: 2026-07-01")
    before, _ = build(folder, NOON - datetime.timedelta(days=1))
    after, codes = build(folder, NOON, before)
    assert "/new/" not in after.pages and "/new/" not in after.forwards
    assert codes == []


def test_a_link_to_a_page_that_has_not_begun_holds_the_linking_page_back(folder):
    write(folder, "new.md", "publish_at: 2026-07-01 12:00")
    write(folder, "other.md", body="[New](/new/)")
    assert build(folder, NOON - MINUTE)[1] == [("other.md", "link-to-draft")]
    assert build(folder, NOON)[1] == []


def test_the_publisher_swaps_when_the_clock_says_so(folder, tmp_path, monkeypatch):
    write(folder, "new.md", "publish_at: 2026-07-01 12:00")
    publisher = Publisher(folder, tmp_path / "last-good")
    monkeypatch.setattr(edition, "right_now", lambda: NOON - MINUTE)
    assert "/new/" not in publisher.current().finished
    assert publisher.look() is False
    monkeypatch.setattr(edition, "right_now", lambda: NOON)
    assert publisher.look() is True
    assert "/new/" in publisher.current().finished
    assert publisher.look() is False


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (["publish_at: tomorrow"], "wrong-value"),
        (["publish_at: 2026-02-30 10:00"], "wrong-value"),
        (["publish_at: 2026-02-03 25:00"], "wrong-value"),
        (["publish_at: 2026-02-03", "expires_at: 2026-02-02"], "keys-together"),
        (["forward_to: /faq/"], "keys-together"),
        (["expires_at: 2126-02-02", "forward_to: https://example.org/"], "wrong-value"),
        (["aliases: [old page]"], "wrong-value"),
        (["aliases: [/faq/]"], "alias-taken"),
    ],
)
def test_a_clock_or_address_that_cannot_be_is_a_fault(folder, header, code):
    write(folder, "new.md", *header)
    assert build(folder)[1] == [("new.md", code)]


def test_a_page_whose_review_is_due_is_told_of_from_the_next_day_on_at_the_clinic(folder):
    write(folder, "new.md", "next_review: 2026-07-01")
    midnight = datetime.datetime(2026, 7, 2, 4, tzinfo=datetime.UTC)  # 0:00 in Cleveland
    before, codes = build(folder, midnight - MINUTE)
    assert (before.next_change, codes) == (midnight, [])
    after, codes = build(folder, midnight, before)
    assert (after.next_change, codes) == (None, [("new.md", "review-due")])


def test_a_review_becomes_due_while_nobody_edits(folder, tmp_path, monkeypatch):
    write(folder, "new.md", "next_review: 2026-06-30", body="[x](/privacy/)")
    monkeypatch.setattr(edition, "right_now", lambda: NOON - datetime.timedelta(days=1))
    publisher = Publisher(folder, tmp_path / "last-good")
    assert "review-due" not in {fault.code for fault in publisher.current().faults}
    monkeypatch.setattr(edition, "right_now", lambda: NOON)
    publisher.look()
    assert "review-due" in {fault.code for fault in publisher.current().faults}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_are_hold_no_page_back(folder, day):
    write(folder, "new.md", f"next_review: {day}", f"publish_at: {day}")
    assert {code for _, code in build(folder)[1]} <= {"review-due"}


# Old addresses --------------------------------------------------------------------------------------------------


def test_a_renamed_file_forwards_from_its_old_address_by_itself(folder):
    first, _ = build(folder)
    (folder / "programs" / "new-group.md").rename(folder / "programs" / "another-group.md")
    second, codes = build(folder, last=first)
    assert second.forwards["/programs/new-group/"] == "/programs/another-group/"
    # Links to the old address still work: the pages that have them are told, not held back.
    assert {code for _, code in codes} == {"moved"}
    assert "/" in second.pages


def test_moving_twice_leads_to_the_last_place_in_one_step(folder):
    first, _ = build(folder)
    (folder / "programs" / "new-group.md").rename(folder / "programs" / "second.md")
    second, _ = build(folder, last=first)
    (folder / "programs" / "second.md").rename(folder / "programs" / "third.md")
    third, _ = build(folder, last=second)
    assert third.forwards["/programs/new-group/"] == third.forwards["/programs/second/"] == "/programs/third/"


def test_moving_back_is_no_circle(folder):
    first, _ = build(folder)
    group, other = folder / "programs" / "new-group.md", folder / "programs" / "other.md"
    group.rename(other)
    second, _ = build(folder, last=first)
    other.rename(group)
    third, _ = build(folder, last=second)
    assert "/programs/new-group/" in third.pages
    assert third.forwards == {"/programs/other/": "/programs/new-group/"}


def test_an_address_that_vanished_is_told_with_the_line_to_paste(folder):
    write(folder, "new.md")
    first, _ = build(folder)
    (folder / "new.md").unlink()
    second, codes = build(folder, last=first)
    assert codes == [("new.md", "address-gone")]
    assert build(folder, last=second)[1] == [("new.md", "address-gone")]  # until somebody does something
    write(folder, "other.md", "aliases: [/new/]")
    third, codes = build(folder, last=second)
    assert codes == []
    assert third.forwards["/new/"] == "/other/"


def test_aliases_of_two_pages_and_circles_lead_to_no_wrong_place(folder):
    write(folder, "one.md", "aliases: [/old/]")
    write(folder, "other-one.md", "aliases: [/old/]")
    built, codes = build(folder)
    assert codes == [("other-one.md", "alias-twice")]
    assert built.forwards["/old/"] == "/one/"
    write(folder, "a.md", "expires_at: 2026-01-01", "forward_to: /b/")
    write(folder, "b.md", "expires_at: 2026-01-01", "forward_to: /a/")
    assert not build(folder)[0].forwards.keys() & {"/a/", "/b/"}


def test_an_alias_of_a_draft_takes_no_reader_from_where_the_page_has_moved(folder):
    first, _ = build(folder)
    (folder / "programs" / "new-group.md").rename(folder / "programs" / "another-group.md")
    write(folder, "new.md", "aliases: [/programs/new-group/]", "draft: yes")
    second, _ = build(folder, last=first)
    assert second.forwards["/programs/new-group/"] == "/programs/another-group/"


def test_moves_are_remembered_after_a_restart(folder, tmp_path):
    publisher = Publisher(folder, tmp_path / "last-good")
    publisher.current()
    (folder / "programs" / "new-group.md").rename(folder / "programs" / "second.md")
    publisher.look()
    publisher.look()
    again = Publisher(folder, tmp_path / "last-good")
    assert again.current().edition.forwards["/programs/new-group/"] == "/programs/second/"
    assert last_good.read(tmp_path / "last-good").moved == {"/programs/new-group/": "/programs/second/"}


def test_a_reader_is_sent_on_for_good_and_the_answer_is_not_kept(of_django, monkeypatch, folder):
    from reentry_site.pages import publishing

    write(folder, "new.md", "aliases: [/old/]")
    published = publishing.publish(folder)
    monkeypatch.setattr(publishing, "current", lambda: published)
    sent = of_django.get("/old/")
    assert (sent.status_code, sent.url, sent["Cache-Control"]) == (301, "/new/", "no-store")
