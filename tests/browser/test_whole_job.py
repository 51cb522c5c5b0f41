"""The whole job in a real browser: read that you may come back, ask for a call, be called; and what that leaves."""

import datetime
import re
import shutil
import sqlite3
import urllib.parse
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Account
from tests.leaks import leaks
from tests.site import ROOT, Site

PHONE, NAME, NOTE = "(216) 555-0187", "Quillon", "zebra lighthouse marmalade"


def content_open_now(folder: Path) -> Path:
    """The real content of a clinic that is open all week, in a zone where it is about noon now."""
    shutil.copytree(ROOT / "content", folder)
    facts = folder / "facts.yaml"
    ahead = 12 - datetime.datetime.now(datetime.UTC).hour
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"  # POSIX signs: Etc/GMT-5 is five hours ahead
    days = "\n".join(
        f'  {day}: "8:00-21:00"'
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
    text = re.sub(r"^time_zone:.*$", f'time_zone: "{zone}"', facts.read_text(), flags=re.MULTILINE)
    facts.write_text(re.sub(r"^hours:\s*$", f"hours:\n{days}", text, flags=re.MULTILINE))
    return folder


@pytest.fixture(scope="module")
def live(set_up, tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    site = Site(shutil.copytree(set_up, folder / "data"), CONTENT_DIR=content_open_now(folder / "content"))
    yield site
    site.end()


def tab(page: Page, name: str):
    return page.get_by_role("navigation", name="Which calls").get_by_role("link", name=name)


def sign_in(page: Page, live: Site, staff: Account) -> None:
    page.goto(live.staff_url)
    page.get_by_label("User name").fill(staff.username)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_from_the_article_to_the_closed_request(live, phone, page, staff):
    visited = []
    for each in (phone, page):
        each.on("framenavigated", lambda frame: visited.append(frame.url))

    # A client, on a phone: reads, and asks for a call.
    phone.goto(live.url)
    phone.get_by_role("navigation", name="Main").get_by_role("link", name="Coming back").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Coming back")
    phone.get_by_role("main").get_by_role("link", name="I want to come back").first.click()
    phone.get_by_label("What number should we call?").fill(PHONE)
    phone.get_by_label("Who should we ask for?").fill(NAME)
    phone.get_by_label("Anything you want us to know?").fill(NOTE)
    phone.get_by_role("button", name="Please call me").last.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")
    expect(phone.get_by_role("main")).to_contain_text("0187")
    expect(phone.get_by_role("main")).to_contain_text("We leave no message. We try again.")
    reference = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", phone.get_by_role("main").inner_text())[0]
    assert not phone.context.cookies()

    # Staff: sign in, take the call, nobody answers: it is due later.
    sign_in(page, live, staff)
    expect(page.get_by_role("heading", level=1)).to_have_text("Calls to make")
    expect(tab(page, "To call now")).to_contain_text("1")
    row = page.get_by_role("row").filter(has_text="number ends 0187")
    expect(row).to_contain_text("No voicemail")
    row.get_by_role("button", name="Take this call").click()
    expect(page.get_by_role("link", name=PHONE)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(NOTE)
    expect(page.get_by_role("button", name="Left the OK’d message")).to_have_count(0)
    page.get_by_role("button", name="No answer").click()
    expect(page.get_by_role("main")).to_contain_text("Saved. Next try: tomorrow")
    expect(tab(page, "To call now")).to_contain_text("0")

    # They call back before that: found among those who wait, reached, closed.
    tab(page, "Waiting for their time").click()
    page.get_by_role("row").filter(has_text=NAME).get_by_role("link", name="Open").click()
    expect(page.get_by_role("main")).to_contain_text("The next one is due tomorrow")
    page.get_by_role("button", name="Take this call").click()
    page.get_by_label("A line for whoever calls next").fill(f"{NAME} starts with a new group")
    page.get_by_role("button", name="We talked. Coming back").click()
    expect(page.get_by_role("main")).to_contain_text("Saved. Next: agree when to call or come")
    page.get_by_label("Why it closes").select_option("Came back")
    page.get_by_role("button", name="Close it").click()
    tab(page, "Closed").click()
    expect(page.get_by_role("row").filter(has_text="Came back")).to_have_count(1)
    page.get_by_role("link", name=f"Open {reference}").click()
    expect(page.get_by_role("main")).to_contain_text(reference)
    assert PHONE not in page.content()

    # No address told anything.
    told = [url for url in visited if re.search(f"0187|{NAME}|zebra", urllib.parse.unquote(url), re.IGNORECASE)]
    assert told == []


def test_nothing_of_the_request_is_on_the_disk_or_in_the_log_in_clear(live, phone, page, staff):
    """Runs after the whole job and adds the ways that go wrong: a fault, a refused press, a call written down."""
    phone.goto(f"{live.url}/callback/")
    phone.get_by_label("Who should we ask for?").fill(NAME)
    phone.get_by_label("Anything you want us to know?").fill(NOTE)
    phone.get_by_role("button", name="Please call me").last.click()
    expect(phone).to_have_title(re.compile("^Error: Request a call"))
    assert NAME not in phone.title()
    sign_in(page, live, staff)
    page.get_by_role("link", name="Write down a call").click()
    page.get_by_label("What number should we call?").fill(PHONE)
    page.get_by_label("Who should we ask for?").fill(NAME)
    page.get_by_label("Anything they want us to know").fill(NOTE)
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("button", name="Take this call").click()
    expect(page.get_by_role("main")).to_contain_text(NOTE)
    page.get_by_label("A line for whoever calls next").fill(NOTE)
    page.get_by_label("Call again at").fill("2031-01-01T03:00")
    page.get_by_role("button", name="Save the time").click()
    expect(page.get_by_role("alert")).to_contain_text("within 60 days")

    stored = sqlite3.connect(live.data_dir / "db.sqlite3")
    assert stored.execute("SELECT count(*) FROM intake_callbackrequest").fetchone()[0] >= 1
    stored.close()
    files = [path for path in live.data_dir.rglob("*") if path.is_file()]
    assert live.data_dir / "db.sqlite3" in files
    everything = {path.name: path.read_bytes() for path in files} | {"the log": live.output().encode()}
    assert leaks((PHONE, NAME, NOTE), everything) == set()
