"""An editor at work in a real browser: the list, the check that saves nothing, and a preview that follows the file."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import VIEWS, faults
from tests.leaks import leaks
from tests.site import PATIENCE, ROOT, Site

CANARY = "zebra lighthouse marmalade"
DRAFT = '---\ntitle: "A draft"\nkind: program\ndraft: yes\n---\n{}\n'
WAITS = '---\ntitle: "A winter group"\nkind: program\npublish_at: 2126-01-31 09:00\n---\nFrom winter on.\n'
BAD = "---\ntitle: Call: now\n---\nText.\n"
OVERDUE = '---\ntitle: "What we keep"\nnext_review: 2020-01-31\n---\nA relapse.\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = shutil.copytree(ROOT / "content", tmp_path_factory.mktemp("edited") / "content")
    (folder / "programs" / "hidden.md").write_text(DRAFT.format("The first words."))
    (folder / "programs" / "winter-group.md").write_text(WAITS)
    (folder / "broken.md").write_text(BAD)
    (folder / "privacy.md").write_text(OVERDUE)
    return folder


@pytest.fixture(scope="module")
def live(set_up, folder, tmp_path_factory):
    site = Site(shutil.copytree(set_up, tmp_path_factory.mktemp("live") / "data"), CONTENT_DIR=folder)
    yield site
    site.end()


def sign_in(page: Page, live: Site, staff) -> None:
    page.goto(live.staff_url + "pages/")
    page.get_by_label("User name").fill(staff.username)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pages")


def preview_of(page: Page, live: Site, file: str) -> str:
    page.goto(live.staff_url + "pages/")
    page.locator("tr", has_text=file).get_by_role("button", name="Make a preview link").click()
    return page.get_by_label("The link").input_value()


@VIEWS
def test_the_pages_the_check_and_the_preview_have_no_fault(live, staff, open_page, folder, width, scheme):
    page = open_page(width, color_scheme=scheme)
    sign_in(page, live, staff)
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_text("title: Call: now")).to_be_visible()
    assert faults(page) == {}
    page.get_by_role("link", name="Check my page").click()
    assert faults(page) == {}
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults(page) == {}
    page.get_by_label("Where the page will live").fill("new.md")
    page.get_by_label("The whole page").fill(OVERDUE)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="It can be published")).to_be_focused()
    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("heading", level=1)).to_have_text("What we keep")
    # The site's own style is there, though the frame runs no script.
    assert inside.locator("h1").evaluate("each => getComputedStyle(each).fontFamily").startswith('"Young Serif"')
    assert faults(page) == {}
    link = preview_of(page, live, "programs/hidden.md")
    assert faults(page) == {}
    page.goto(link)
    expect(page.get_by_text("Preview. Not public.")).to_be_visible()
    assert faults(page) == {}
    page.goto(preview_of(page, live, "broken.md"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This page can’t be shown yet")
    assert faults(page) == {}
    page.goto(live.url + "/preview/ended/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has ended.")
    assert faults(page) == {}


@VIEWS
def test_the_link_to_the_next_site_and_its_pages_have_no_fault(live, staff, open_page, folder, width, scheme):
    page = open_page(width, color_scheme=scheme)
    sign_in(page, live, staff)
    page.get_by_role("button", name="Show the whole next site").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The whole next site")
    assert faults(page) == {}
    front = page.get_by_label("The link").input_value()
    for path in ("", "programs/", "programs/winter-group/", "broken/", "nowhere/"):
        page.goto(front + path)
        page.get_by_text("Not public yet").click()
        expect(page.get_by_role("link", name="A draft").first).to_be_visible()
        assert faults(page) == {}


def test_a_clinician_reads_the_next_site_by_keyboard_alone(live, staff, page, phone):
    sign_in(page, live, staff)
    page.get_by_role("button", name="Show the whole next site").focus()
    page.keyboard.press("Enter")
    phone.goto(page.get_by_label("The link").input_value().replace("localhost", "127.0.0.1"))
    front = phone.url
    phone.get_by_text("Not public yet").focus()
    phone.keyboard.press("Enter")
    follow(phone, "A winter group")
    expect(phone.get_by_text("This page: public from Thursday, January 31, 2126, 9 a.m.")).to_be_visible()
    follow(phone, "Programs")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    assert phone.url == front + "programs/"
    phone.get_by_role("main").get_by_role("link", name="A draft").last.focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("This page: a draft")).to_be_visible()
    follow(phone, "Change or cancel your request")
    expect(phone).to_have_url(live.url + "/callback/yours/")
    assert phone.context.cookies() == []


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.focus()
    page.keyboard.press("Enter")


def test_an_open_preview_of_the_next_site_follows_every_file(live, staff, page, phone, folder):
    sign_in(page, live, staff)
    page.get_by_role("button", name="Show the whole next site").click()
    phone.goto(page.get_by_label("The link").input_value().replace("localhost", "127.0.0.1") + "programs/")
    added = folder / "programs" / "added.md"
    try:
        added.write_text(DRAFT.replace("A draft", "Added while it is open").format("Words."))
        expect(phone.get_by_role("main").get_by_role("link", name="Added while it is open").last).to_be_visible()
    finally:
        added.unlink()
    expect(phone.get_by_role("link", name="Added while it is open")).to_have_count(0)


def test_an_open_preview_follows_the_file_for_a_reader_without_an_account(live, staff, page, phone, folder):
    sign_in(page, live, staff)
    link = preview_of(page, live, "programs/hidden.md").replace("localhost", "127.0.0.1")
    phone.goto(link)
    expect(phone.get_by_text("The first words.")).to_be_visible()
    for text, words in [
        (DRAFT.format("The second words."), "The second words."),
        (BAD, "This page can’t be shown yet"),
        (DRAFT.format("The third words."), "The third words."),
    ]:
        (folder / "programs" / "hidden.md").write_text(text)
        expect(phone.get_by_text(words)).to_be_visible(timeout=PATIENCE * 1000)
    assert phone.context.cookies() == []
    assert phone.evaluate("localStorage.length + sessionStorage.length") == 0
    assert phone.request.get(live.url + "/programs/hidden/").status == 404


def test_a_preview_reads_without_scripts(live, staff, page, open_page):
    sign_in(page, live, staff)
    link = preview_of(page, live, "programs/hidden.md").replace("localhost", "127.0.0.1")
    plain = open_page(360, java_script_enabled=False)
    plain.goto(link)
    expect(plain.get_by_role("heading", level=1)).to_have_text("A draft")


def test_a_page_is_checked_by_keyboard_alone(live, staff, page):
    sign_in(page, live, staff)
    page.get_by_role("link", name="Check my page").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Where the page will live").focus()
    page.keyboard.type("new.md")
    page.keyboard.press("Tab")
    page.keyboard.type("---\ntitle: Call: now\n---\nText.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="It can’t be published like this")).to_be_focused()
    expect(page.get_by_role("main")).to_contain_text('title: "Call: now"')


def test_what_is_checked_is_nowhere_on_the_disk_or_in_the_log(live, staff, page, tmp_path, folder):
    sign_in(page, live, staff)
    page.get_by_role("link", name="Check my page").click()
    page.get_by_label("Where the page will live").fill("new.md")
    page.get_by_label("The whole page").fill(DRAFT.format(CANARY))
    page.get_by_role("button", name="Check it").click()
    expect(page.frame_locator("iframe").get_by_text(CANARY)).to_be_visible()
    picked = tmp_path / "new.md"
    picked.write_text(DRAFT.format(f"[{CANARY}](/nowhere/) " + CANARY * 4000))  # larger than what can be pasted
    page.get_by_label("Or pick its file").set_input_files(picked)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="It can’t be published like this")).to_be_visible()
    files = [path for each in (live.data_dir, folder) for path in each.rglob("*") if path.is_file()]
    assert live.data_dir / "db.sqlite3" in files
    everything = {str(path): path.read_bytes() for path in files} | {"the log": live.output().encode()}
    assert leaks([CANARY], everything) == set()
