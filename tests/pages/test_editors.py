"""What an editor sees in the desk, that checking saves nothing, and what a preview shows to whom."""

import json
import shutil
from dataclasses import asdict

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from reentry_site.pages import edition, publishing
from reentry_site.pages.publishing import Publisher
from tests.pages.conftest import (
    BAD,
    CANARY,
    CHECK,
    CORPUS,
    DRAFT,
    LINK,
    LIST,
    SITE_LINK,
    account,
    link_to,
    page_text,
    row,
    save,
    states,
    words,
)

# Who may do what ----------------------------------------------------------------------------------------------

ROLES = ("triage", "supervisor", "privacy", "operator", "editor", None)
ALLOWED = {
    (LIST, "get"): 200,
    (LIST, "post"): 405,
    (CHECK, "get"): 200,
    (CHECK, "post"): 422,
    (LINK, "get"): 302,
    (LINK, "post"): 404,
    (SITE_LINK, "get"): 302,
    (SITE_LINK, "post"): 200,
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


@pytest.mark.parametrize("address", [CHECK, LINK, SITE_LINK])
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
        (page_text("Text.", "publish_at: 2126-01-31\n"), ["Waits for its day"]),
        (page_text("Text.", "expires_at: 2020-01-31\n"), ["Has ended"]),
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
    save(publisher, "programs/hard.md", (CORPUS / "hard-to-read.md").read_text())
    assert states(editor.get(LIST), "programs/hard.md") == ["Live", "Hard to read"]


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


@pytest.mark.parametrize("more", [1, 3])
def test_the_pages_cost_the_same_queries_however_many_files(editor, publisher, django_assert_num_queries, more):
    for number in range(more):
        save(publisher, f"new-{number}.md", BAD)
    editor.get(LIST)  # notes in the session that somebody is there
    with django_assert_num_queries(7):  # session, user, second step, the group twice, two of permissions
        assert words(editor.get(LIST)).count("Make a preview link") == len(edition.files(publisher.folder))
