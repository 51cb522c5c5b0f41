"""The preview of the whole next site: its pages lead to each other and never out, and none of it is public."""

import re

import pytest

from reentry_site.pages import edition, preview
from tests.pages.conftest import BAD, DRAFT, SITE_LINK, link_in, link_to, page_text, save, words

WAITS = (
    DRAFT.replace("A draft", "A winter group")
    .replace("draft: yes", "publish_at: 2126-01-31 09:00")
    .replace("Words that nobody may see yet.", "See [the draft](/programs/hidden/).")
)
#: What every page leads to that is no page: the form, the client's own request, the weather.
ELSEWHERE = {"/callback/", "/callback/yours/", "/leave/"}


@pytest.fixture
def front(editor, publisher) -> str:
    """The address of a preview in which one page is a draft and one waits for its day."""
    save(publisher, "programs/hidden.md", DRAFT)
    save(publisher, "programs/winter-group.md", WAITS)
    return link_in(editor.post(SITE_LINK))


def links(answer) -> set[str]:
    return {link.partition("#")[0] for link in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', answer.content.decode())} - {
        ""
    }


def banner(answer) -> str:
    shown = re.search(r'<aside class="preview".*?</aside>', words(answer), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def test_all_pages_are_in_it_and_their_links_lead_to_pages_of_it_alone(front, publisher, client):
    """Walked from its front page as a clinician would, to the last link."""
    to_see, seen = {front}, {}
    while to_see - seen.keys():
        for address in to_see - seen.keys():
            seen[address] = client.get(address)
        to_see = {link for answer in seen.values() for link in links(answer) if link.startswith("/")} - ELSEWHERE
    files = edition.files(publisher.folder)
    assert seen.keys() == {front.rstrip("/") + edition.page.address(file) for file in files}
    assert {answer.status_code for answer in seen.values()} == {200}


def test_a_page_of_it_is_the_page_as_it_will_be_but_for_where_it_leads(front, publisher, client):
    shown = client.get(f"{front}faq/").content.decode()
    banner_of_it = re.search(r' *<aside class="preview".*?</aside>', shown, re.DOTALL)[0]
    as_it_is = publisher.current().finished["/faq/"].decode()
    body = slice(as_it_is.index("<header>"), as_it_is.index("</footer>"))
    bare = shown.replace(banner_of_it, "").replace(f'href="{front}', 'href="/')
    assert "".join(as_it_is[body].split()) in "".join(bare.split())


def test_a_draft_is_listed_by_its_parent_and_a_link_to_it_is_no_fault(front, client):
    assert "A draft" in words(client.get(f"{front}programs/"))
    group = client.get(f"{front}programs/winter-group/")
    assert f"{front}programs/hidden/" in links(group)
    assert "can’t go live" not in words(group)
    assert "Words that nobody may see yet." in words(client.get(f"{front}programs/hidden/"))


def test_the_banner_says_what_readers_do_not_have_yet(front, publisher, client):
    save(publisher, "privacy.md", BAD)
    save(publisher, "weekend.md", BAD)
    save(publisher, "accessibility.md", page_text("[The draft](/programs/hidden/)"))
    everywhere = (
        "Not public yet: 5"
        " A draft : a draft A winter group : public from Thursday, January 31, 2126, 9 a.m."
        " What we keep : kept back while it links to a page that is not public"
    )
    for path, own in {
        "": "",
        "programs/hidden/": "This page: a draft",
        "programs/winter-group/": "This page: public from Thursday, January 31, 2126, 9 a.m.",
        "privacy/": "This page: has a fault, shown as it was before",
        "accessibility/": "This page: kept back while it links to a page that is not public",
    }.items():
        said = banner(client.get(front + path))
        assert re.search(r"^Preview of the whole next site\. Not public\. Ends on \w+day, \w+ \d+, [\d:noma.p ]+", said)
        assert everywhere in said
        assert "weekend.md : has a fault, can’t be shown yet" in said
        assert own in said
        assert ("This page:" in said) == bool(own)


def test_a_page_with_a_fault_is_its_last_good_version_or_says_what_to_fix(front, publisher, client):
    before = words(client.get(f"{front}privacy/"))
    heading = re.search(r"<h1>.*?</h1>", before)[0]
    save(publisher, "privacy.md", BAD)
    save(publisher, "weekend.md", BAD)
    kept = words(client.get(f"{front}privacy/"))
    assert heading in kept
    assert "It can’t go live yet: 1 thing to fix" in kept
    never = client.get(f"{front}weekend/")
    assert "This page can’t be shown yet" in words(never)
    assert 'title: "Call: now"' in words(never)


def test_broken_facts_are_named_and_the_last_good_ones_stand(front, publisher, client):
    save(publisher, "facts.yaml", "name: [\n")
    assert "facts.yaml: has a fault, used as it was before" in banner(client.get(front))


def test_an_address_that_no_page_has_is_not_found_inside(front, client):
    answer = client.get(f"{front}programs/nowhere/")
    assert answer.status_code == 404
    assert "This page isn’t here." in words(answer)
    assert "Preview of the whole next site." in banner(answer)
    assert "tel:988" in words(answer)
    inside = {link for link in links(answer) if link.startswith("/")} - ELSEWHERE
    assert {front, f"{front}faq/"} < inside
    assert all(link.startswith(front) for link in inside)


def test_an_old_address_leads_on_inside(front, publisher, client):
    save(publisher, "other.md", page_text("Text.", "aliases: [/old/]\n"))
    save(publisher, "ended.md", page_text("Text.", "expires_at: 2020-01-31\nforward_to: /faq/#insurance\n"))
    save(publisher, "asked.md", page_text("Text.", "expires_at: 2020-01-31\nforward_to: /callback/\n"))
    for path, target in {"old/": f"{front}other/", "ended/": f"{front}faq/#insurance", "asked/": "/callback/"}.items():
        answer = client.get(front + path)
        assert (answer.status_code, answer.url) == (302, target)
        assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "no-store")


@pytest.mark.parametrize("path", ["", "faq/", "programs/hidden/", "nowhere/", "stamp"])
def test_no_answer_of_it_is_kept_or_found_by_search_engines(front, client, settings, path):
    settings.PUBLIC_HOSTS = ["www.example.org"]  # readers' pages say more to machines then
    answer = client.get(front + path)
    assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert not answer.cookies
    for told_to_machines in ("canonical", "og:", "ld+json", "www.example.org"):
        assert told_to_machines not in words(answer)
    assert path == "stamp" or '<meta name="robots" content="noindex, nofollow">' in words(answer)


def test_nothing_of_it_is_public(front, publisher, client):
    before = dict(publisher.current().finished)
    for path in ("", "programs/", "programs/hidden/", "programs/winter-group/"):
        assert client.get(front + path).status_code == 200
    assert dict(publisher.current().finished) == before
    assert not any(b"/preview/" in page or b"nobody may see" in page for page in before.values())
    for path in ("/programs/hidden/", "/programs/winter-group/"):
        assert client.get(path).status_code == 404
        assert path not in words(client.get("/sitemap.xml"))


def test_a_link_that_ended_was_changed_or_is_of_another_kind_gives_one_same_answer(front, client, editor, settings):
    token = front.split("/")[3]
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    of_one_page = link_to(editor, "privacy.md").split("/")[2]
    addresses = [f"/preview/site/{each}/{path}" for each in ("x", changed, of_one_page) for path in ("", "faq/")]
    answers = [client.get(each) for each in [*addresses, f"/preview/{token}/"]]
    settings.PREVIEW_SECONDS = -1
    answers += [client.get(front + path) for path in ("", "faq/", "nowhere/")]
    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert {(answer["X-Robots-Tag"], answer["Cache-Control"]) for answer in answers} == {
        ("noindex, nofollow", "no-store")
    }
    assert client.get(front + "stamp").status_code == 410


def test_the_link_lives_for_seven_days(front, client, monkeypatch):
    made = preview.opened(front.split("/")[3], "next-site-preview")[0]["made"]
    week = 7 * 24 * 3600
    monkeypatch.setattr("time.time", lambda: made + week - 1)
    assert client.get(front).status_code == 200
    monkeypatch.setattr("time.time", lambda: made + week + 1)
    assert client.get(front).status_code == 410


def test_it_is_built_once_for_each_state_of_the_folder(front, publisher, client, monkeypatch):
    built, build = [], edition.build
    monkeypatch.setattr(edition, "build", lambda *given, **named: built.append(1) or build(*given, **named))
    for path in ("", "faq/", "programs/", "nowhere/", "programs/hidden/"):
        client.get(front + path)
    assert len(built) == 1
    before = client.get(front + "stamp").content
    (publisher.folder / "privacy.md").write_text(page_text("The very next words."))
    after = client.get(front + "stamp").content
    assert before != after
    shown = words(client.get(f"{front}privacy/"))
    assert "The very next words." in shown
    assert after.decode() in shown
    client.get(front)
    assert len(built) == 2


def test_what_is_published_meanwhile_is_in_it(front, publisher, client, monkeypatch):
    """The folder is as it was; what stands for a broken file is not."""
    (publisher.folder / "privacy.md").write_text(BAD)
    client.get(f"{front}privacy/")
    (publisher.kept / "privacy.md").write_text(page_text("Published by the other worker."))
    publisher.look()
    publisher.look()
    assert "Published by the other worker." in words(client.get(f"{front}privacy/"))


def test_a_renamed_file_changes_the_stamp(front, publisher, client):
    before = client.get(front + "stamp").content
    (publisher.folder / "privacy.md").rename(publisher.folder / "privacy-2.md")
    assert client.get(front + "stamp").content != before


def test_the_desk_gives_the_link_with_its_end(editor, publisher):
    answer = editor.post(SITE_LINK)
    assert "The whole next site" in words(answer)
    assert re.search(r"It ends on \w+day, \w+ \d+, ", words(answer))
