"""What an editor sees in the desk, that checking saves nothing, and what a preview shows to whom."""

import json
import logging
import re
import shutil
import tempfile
from dataclasses import asdict
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from reentry_site.pages import edition, preview, publishing
from reentry_site.pages.publishing import Publisher

LIST, CHECK, LINK = "/admin/pages/", "/admin/pages/check/", "/admin/pages/preview/"
CORPUS = Path(__file__).parent / "corpus"
EXPECTED = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
BAD = "---\ntitle: Call: now\n---\nText.\n"
DRAFT = '---\ntitle: "A draft"\nkind: program\ndraft: yes\n---\nWords that nobody may see yet.\n'
CANARY = "zebra lighthouse marmalade"


def page_text(words: str, header: str = "") -> str:
    return f'---\ntitle: "What we keep"\n{header}---\n{words}\n'


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(project.CONTENT_DIR, tmp_path / "content")


@pytest.fixture
def publisher(folder, tmp_path, settings, monkeypatch) -> Publisher:
    """The copied folder, published; `look` twice sees a change. No thread of its own."""
    settings.CONTENT_DIR = folder
    publisher = Publisher(folder, tmp_path / "last-good")
    publisher.current()
    monkeypatch.setattr(publishing, "current", publisher.current)
    monkeypatch.setattr(publishing, "KEPT", publisher.kept)
    return publisher


def save(publisher: Publisher, file: str, text: str) -> None:
    (publisher.folder / file).write_text(text, encoding="utf-8")
    publisher.look()
    publisher.look()


def account(*groups: str, **options) -> User:
    user = User.objects.create_user("someone", first_name="Someone", **{"is_staff": True} | options)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def editor(db) -> Client:
    client = Client()
    client.force_login(account("editor"))
    return client


def words(answer) -> str:
    return unescape(answer.content.decode())


def row(answer, file: str):
    return next(each for each in answer.context["rows"] if each.file == file)


def states(answer, file: str) -> list[str]:
    return [badge.word for badge in row(answer, file).badges]


def checked(answer) -> list[dict]:
    return [asdict(each.fault) for each in answer.context["told"]]


# Who may do what ----------------------------------------------------------------------------------------------

ROLES = ("triage", "supervisor", "privacy", "operator", "editor", None)
ALLOWED = {
    (LIST, "get"): 200,
    (LIST, "post"): 405,
    (CHECK, "get"): 200,
    (CHECK, "post"): 422,
    (LINK, "get"): 302,
    (LINK, "post"): 404,
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("address", "method"), ALLOWED)
def test_the_pages_open_to_editors_alone(db, role, address, method):
    client = Client()
    client.force_login(account(*([role] if role else [])))
    answer = getattr(client, method)(address)
    assert answer.status_code == (ALLOWED[address, method] if role == "editor" else 403)
    if role != "editor":
        assert "privacy.md" not in answer.content.decode()


@pytest.mark.parametrize(("address", "method"), ALLOWED)
@pytest.mark.parametrize("who", ["a stranger", "no staff", "switched off"])
def test_who_is_no_staff_is_sent_to_sign_in(db, who, address, method):
    client = Client()
    if who != "a stranger":
        client.force_login(account("editor", is_staff=who != "no staff", is_active=who != "switched off"))
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("address", [CHECK, LINK])
def test_nothing_is_done_for_another_site(db, address):
    client = Client(enforce_csrf_checks=True)
    client.force_login(account("editor"))
    assert client.post(address, {"file": "privacy.md", "text": page_text(CANARY)}).status_code == 403


def test_an_editor_starts_at_the_pages_and_only_editors_have_the_link(db, editor):
    assert editor.get("/admin/").url == LIST
    assert f'href="{LIST}"' in words(editor.get(LIST))
    User.objects.all().delete()
    client = Client()
    client.force_login(account("triage"))
    assert f'href="{LIST}"' not in words(client.get("/admin/", follow=True))


# The list -----------------------------------------------------------------------------------------------------


def test_every_file_is_in_the_list_once_and_all_is_well_with_the_real_content(editor):
    rows = editor.get(LIST).context["rows"]
    assert sorted(each.file for each in rows) == sorted(["facts.yaml", *edition.files(project.CONTENT_DIR)])
    assert {badge.word for each in rows for badge in each.badges} == {"Live", "In force"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BAD, ["Not published"]),
        (DRAFT, ["Draft"]),
        (page_text("[x](/nowhere/)"), ["Not published", "Link broken", "Worth a look"]),
        (page_text("Text.", "next_review: 2020-01-31\n"), ["Live", "Review overdue", "Worth a look"]),
        (page_text("Text.", "publish_at: 2126-01-31\n"), ["Waits for its day", "Worth a look"]),
        (page_text("Text.", "expires_at: 2020-01-31\n"), ["Has ended", "Worth a look"]),
        (page_text("Text.", "expires_at: 2126-01-31\n"), ["Live", "Worth a look"]),
    ],
)
def test_a_file_stands_where_it_stands(editor, publisher, text, expected):
    save(publisher, "new.md", text)
    answer = editor.get(LIST)
    assert states(answer, "new.md") == expected
    for word in expected:
        assert word in words(answer)


def test_a_page_that_is_hard_to_read_says_so(editor, publisher):
    save(publisher, "privacy.md", (CORPUS / "hard-to-read.md").read_text())
    assert states(editor.get(LIST), "privacy.md") == ["Live", "Hard to read"]


def test_a_broken_page_tells_since_when_readers_see_the_last_good_one_and_why(editor, publisher):
    save(publisher, "privacy.md", BAD)
    answer = editor.get(LIST)
    assert states(answer, "privacy.md") == ["Last good version"]
    since, why = row(answer, "privacy.md").notes
    assert since.startswith("Readers see the version of ")
    assert why == "A value with a colon needs straight quotes around it."
    shown = words(answer)
    for said in ("privacy.md, line 2", "title: Call: now", 'title: "Call: now"', why, since):
        assert said in shown


def test_the_most_pressing_stands_first(editor, publisher):
    save(publisher, "a-draft.md", DRAFT)
    save(publisher, "privacy.md", BAD)
    save(publisher, "z-new.md", BAD)
    files = [each.file for each in editor.get(LIST).context["rows"]]
    assert files[:2] == ["z-new.md", "privacy.md"]
    assert files.index("a-draft.md") < files.index("accessibility.md")


@pytest.mark.parametrize(
    "make", [lambda path, secret: path.symlink_to(secret), lambda path, secret: path.write_text("x" * 2**21)]
)
def test_a_file_that_leads_out_of_the_folder_or_is_far_too_large_is_told_and_not_looked_into(
    editor, publisher, client, tmp_path, make
):
    (tmp_path / "secret").write_text(CANARY)
    make(publisher.folder / "odd.md", tmp_path / "secret")
    publisher.look()
    publisher.look()
    answer = editor.get(LIST)
    assert states(answer, "odd.md") == ["Not published"]
    assert [each.typed for each in row(answer, "odd.md").told] == [""]
    for shown in (words(answer), words(client.get(link_to(editor, "odd.md")))):
        assert CANARY not in shown
        assert "xxx" not in shown


def test_broken_facts_are_in_the_list_and_no_page_suffers(editor, publisher):
    save(publisher, "facts.yaml", 'name: "X"\nphone: "call us"\n')
    answer = editor.get(LIST)
    assert states(answer, "facts.yaml") == ["Last good version"]
    assert states(answer, "privacy.md") == ["Live"]
    assert "write the phone number with 10 digits" in words(answer)


def test_facts_that_were_never_good_are_told_and_the_list_still_opens(editor, publisher, monkeypatch):
    (publisher.folder / "facts.yaml").write_text("name: [\n")
    fresh = Publisher(publisher.folder, publisher.kept / "none")
    monkeypatch.setattr(publishing, "current", fresh.current)
    answer = editor.get(LIST)
    assert {badge.word for each in answer.context["rows"] for badge in each.badges} == {"Not published"}
    assert row(answer, "facts.yaml").told
    assert editor.post(CHECK, {"file": "new.md", "text": page_text("x")}).context["told"]


def test_the_list_says_what_check_content_says(editor, publisher, capsys):
    for file in ("key-twice.md", "hard-to-read.md", "link-to-no-page.md", "not-utf-8.md"):
        shutil.copy(CORPUS / file, publisher.folder)
    publisher.look()
    publisher.look()
    with pytest.raises(SystemExit):
        call_command("check_content", str(publisher.folder), "--format", "json")
    expected = json.loads(capsys.readouterr().out)
    assert len(expected) >= 4
    told = [asdict(each.fault) for row in editor.get(LIST).context["rows"] for each in row.told]
    assert sorted(told, key=str) == sorted(expected, key=str)


# Check my page ------------------------------------------------------------------------------------------------


def test_a_page_is_told_the_same_as_in_the_folder(editor, publisher):
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
        ({"file": "new.md", "upload": b"x" * (1024 * 1024 + 1)}, 422, "over 1 MiB"),
        ({"file": "new.md", "upload": b"x" * (3 * 1024 * 1024)}, 413, "over 1 MiB"),
        ({"file": "new.md", "upload": page_text("word " * 200_000).encode()}, 200, "Worth a look"),
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
    assert client.post("/callback/", sent).status_code == 400


def files_of(*folders: Path) -> dict[Path, bytes]:
    """What lies there; the tests' own database is looked at elsewhere."""
    files = [path for each in folders for path in each.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in files if not path.name.startswith("test.sqlite3")}


@pytest.mark.parametrize("words", [f"**{CANARY}**", f"[{CANARY}](/nowhere/)", f"<b>{CANARY}", f"{CANARY} " * 30_000])
@pytest.mark.parametrize("way", ["text", "upload"])
def test_checking_a_page_saves_nothing(editor, publisher, caplog, monkeypatch, tmp_path, words, way):
    monkeypatch.setattr(tempfile, "_mkstemp_inner", lambda *args: pytest.fail("a temporary file"))
    text = page_text(words, f'lead: "{CANARY}"\n')
    before = files_of(project.DATA_DIR, publisher.folder, publisher.kept)
    sessions, published = list(Session.objects.values()), publisher.current()
    with caplog.at_level(logging.DEBUG):
        sent = {"file": f"programs/{CANARY.replace(' ', '-')}.md"}
        sent |= {"text": text} if way == "text" else {"upload": SimpleUploadedFile("new.md", text.encode())}
        assert editor.post(CHECK, sent).status_code == (413 if way == "text" and len(text) > 65536 else 200)
    assert files_of(project.DATA_DIR, publisher.folder, publisher.kept) == before
    assert list(Session.objects.values()) == sessions
    assert publisher.current() is published
    assert not getattr(cache, "_cache", None)
    assert "zebra" not in caplog.text
    for _ in range(2):
        assert publisher.look() is False


# The preview --------------------------------------------------------------------------------------------------


def link_to(editor: Client, file: str) -> str:
    answer = editor.post(LINK, {"file": file})
    return re.search(r'value="http://testserver(/preview/[^"]+)"', answer.content.decode())[1]


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


@pytest.mark.parametrize("more", [1, 3])
def test_the_pages_cost_the_same_queries_however_many_files(editor, publisher, django_assert_num_queries, more):
    for number in range(more):
        save(publisher, f"new-{number}.md", BAD)
    with django_assert_num_queries(6):  # session, user, the group twice, two of permissions
        assert words(editor.get(LIST)).count("Make a preview link") == len(edition.files(publisher.folder))
