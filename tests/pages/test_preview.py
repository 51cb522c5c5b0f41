"""The preview link: one page, for seven days, without an account, and nothing of it is public."""

import re

import pytest
from django.test import Client

from reentry_site.pages import preview
from tests.pages.conftest import BAD, DRAFT, LINK, link_to, page_text, save, words


@pytest.fixture
def draft_link(editor, publisher) -> str:
    save(publisher, "programs/hidden.md", DRAFT)
    return link_to(editor, "programs/hidden.md")


def test_a_draft_is_read_by_its_link_without_an_account_and_nowhere_else(draft_link, publisher, client):
    assert client.get("/programs/hidden/").status_code == 404
    assert not any(b"nobody may see" in page for page in publisher.current().finished.values())
    answer = client.get(draft_link)
    assert answer.status_code == 200
    assert "Words that nobody may see yet." in words(answer)
    assert not answer.cookies
    assert client.get("/programs/hidden/").status_code == 404
    assert not any(b"nobody may see" in page for page in publisher.current().finished.values())
    for path in ("/programs/", "/sitemap.xml"):
        assert "/programs/hidden/" not in words(client.get(path))


def test_a_preview_says_what_it_is_and_is_kept_nowhere(draft_link, client):
    answer = client.get(draft_link)
    shown = words(answer)
    assert re.search(r"Preview\. Not public\.</strong> Ends on \w+day, \w+ \d+, [\d:noma.p ]+</p>", shown)
    assert '<meta name="robots" content="noindex, nofollow">' in shown
    assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert "tel:988" in shown
    assert 'rel="canonical"' not in shown
    stamped = client.get(draft_link + "stamp")
    assert (stamped["X-Robots-Tag"], stamped["Cache-Control"]) == ("noindex, nofollow", "no-store")


def test_a_link_that_ended_was_changed_or_never_was_gives_one_same_answer(draft_link, client, editor, settings):
    token = draft_link.split("/")[2]
    last = token[-1]
    changed = token[:-1] + ("A" if last != "A" else "B")
    foreign = Client().get("/account/invited/x/")  # another kind of link that has ended
    answers = [client.get(f"/preview/{each}/") for each in ("x", changed, token + "x", "a:b:c")]
    (settings.CONTENT_DIR / "programs" / "hidden.md").unlink()
    answers.append(client.get(draft_link))  # its file is gone
    other = link_to(editor, "privacy.md")
    assert client.get(other).status_code == 200
    settings.PREVIEW_SECONDS = -1
    answers.append(client.get(other))
    assert {answer.status_code for answer in answers} == {410} == {foreign.status_code}
    assert len({answer.content for answer in answers}) == 1
    assert "This link has ended" in words(answers[0])
    assert client.get(other + "stamp").status_code == 410


def test_a_link_lives_for_seven_days(publisher, client, monkeypatch):
    now = 1_800_000_000
    monkeypatch.setattr("time.time", lambda: now)
    address, ends = preview.new_link("privacy.md")
    assert ends.timestamp() == now + 7 * 24 * 3600
    monkeypatch.setattr("time.time", lambda: now + 7 * 24 * 3600 - 1)
    assert client.get(address).status_code == 200
    monkeypatch.setattr("time.time", lambda: now + 7 * 24 * 3600 + 1)
    assert client.get(address).status_code == 410


def test_a_sign_up_link_opens_no_preview(db, client):
    from reentry_site.accounts import invitations

    token = invitations.new_link("triage").split("/")[-2]
    assert client.get(f"/preview/{token}/").status_code == 410


def test_no_link_is_made_for_what_is_no_page(editor, publisher):
    for file in ("facts.yaml", "README.md", "../secret.md", "nowhere.md", ""):
        assert editor.post(LINK, {"file": file}).status_code == 404


def test_a_preview_shows_the_next_version_while_readers_have_the_last(editor, publisher, client):
    link = link_to(editor, "privacy.md")
    before = client.get(link + "stamp").content
    (publisher.folder / "privacy.md").write_text(page_text("The very next words."))
    assert "The very next words." in words(client.get(link))
    assert "The very next words." not in words(client.get("/privacy/"))
    after = client.get(link + "stamp").content
    assert before != after
    assert after.decode() in words(client.get(link))


def test_the_preview_of_a_broken_page_says_what_to_fix(editor, publisher, client):
    link = link_to(editor, "privacy.md")
    (publisher.folder / "privacy.md").write_text(BAD)
    shown = words(client.get(link))
    assert "This page can’t be shown yet" in shown
    assert 'title: "Call: now"' in shown
    (publisher.folder / "privacy.md").write_text(page_text("[x](/nowhere/)"))
    shown = words(client.get(link))
    assert "It can’t go live yet: 1 thing to fix" in shown
    assert "There is no page /nowhere/ on this site." in shown


def test_public_pages_get_no_script_and_no_banner_of_previews(publisher):
    assert not any(re.search(rb"preview|editors\.css", page) for page in publisher.current().finished.values())
