"""A caller's and a supervisor's morning, by keyboard alone, on a phone and on a desk, each page looked at by axe."""

import datetime
import re
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Account, sign_up
from tests.browser.test_pages import faults
from tests.browser.test_whole_job import content_open_now
from tests.site import Site, run

WIDTHS = pytest.mark.parametrize("width", [360, 1280])
MOST_TABS = 150


@pytest.fixture(scope="module")
def live(set_up, tmp_path_factory):
    folder = tmp_path_factory.mktemp("morning")
    site = Site(shutil.copytree(set_up, folder / "data"), CONTENT_DIR=content_open_now(folder / "content"))
    yield site
    site.end()


@pytest.fixture(scope="module")
def caller(live, staff, browser) -> Account:
    """Tom, who works the queue and supervises nobody."""
    link = re.search(r"http\S+/account/invited/\S+", run("staff_invite", "--role", "triage", **live.environment).stdout)
    context = browser.new_context()
    account = sign_up(context.new_page(), link[0], "tom")
    context.close()
    return account


def reach(page: Page, wanted: Locator) -> Locator:
    """Tab to it, as somebody without a mouse does. What cannot be reached fails."""
    expect(wanted).to_have_count(1)
    for _ in range(MOST_TABS):
        if wanted.evaluate("each => each === document.activeElement"):
            return wanted
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def press(page: Page, name: str | re.Pattern, *, role: str = "button", first: bool = False) -> None:
    found = page.get_by_role(role, name=name)
    reach(page, found.first if first else found)
    page.keyboard.press("Enter")


def write(page: Page, label: str, text: str) -> None:
    reach(page, page.get_by_label(label))
    page.keyboard.type(text)


def pick(page: Page, label: str, option: str) -> None:
    """In a list: its first letters."""
    reach(page, page.get_by_label(label))
    page.keyboard.type(option)


def sign_in(page: Page, live: Site, account: Account) -> None:
    page.goto(live.staff_url)
    write(page, "User name", account.username)
    write(page, "Password", account.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Calls to make")


def ask_for_a_call(phone: Page, live: Site, number: str, name: str, note: str = "") -> None:
    phone.goto(f"{live.url}/callback/")
    phone.get_by_label("What number should we call?").fill(number)
    phone.get_by_label("Who should we ask for?").fill(name)
    phone.get_by_label("Anything you want us to know?").fill(note)
    phone.get_by_role("button", name="Please call me").last.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")


def date_keys(day: datetime.date) -> str:
    """A day as it is typed into Chromium's field of a date."""
    return f"{day:%m%d%Y}"


@WIDTHS
def test_a_callers_morning(live, caller, open_page, width):
    name = {360: "Sam", 1280: "Kim"}[width]
    ask_for_a_call(open_page(360), live, f"216 555 01{width % 89:02}", name)
    page = open_page(width)
    sign_in(page, live, caller)
    assert faults(page) == {}

    # The first call: nobody answers. It was the wrong button: somebody else answered. The person is called another day.
    reach(page, page.get_by_role("row").filter(has_text=name).get_by_role("button", name="Take this call"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{name} asked for a call")).to_be_visible()
    assert faults(page) == {}
    write(page, "A line for whoever calls next", "Rang long")
    press(page, re.compile("No answer. Try again"))
    expect(page.get_by_role("main")).to_contain_text("Saved. Next try: tomorrow")
    assert faults(page) == {}
    press(page, "Undo")
    expect(page.get_by_role("main")).to_contain_text("Undone. You hold this call.")
    assert faults(page) == {}
    press(page, re.compile("Someone else answered"))

    # They ring back, and is found by name: a first visit is booked.
    write(page, "Someone rings?", name.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("The next one is due tomorrow")
    press(page, "Take this call")
    reach(page, page.get_by_text("More", exact=True))
    page.keyboard.press("Enter")
    press(page, re.compile("They called us"))
    write(page, "The day they come", date_keys(datetime.date.today() + datetime.timedelta(7)))
    press(page, "Book it")
    expect(page.get_by_role("main")).to_contain_text("The first visit is booked.")

    # What a supervisor alone does is not there.
    expect(page.get_by_role("link", name="How we are doing")).to_have_count(0)
    expect(page.get_by_role("link", name="Export")).to_have_count(0)
    press(page, "Write down a call", role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Write down a call")
    assert faults(page) == {}
    write(page, "What number should we call?", f"216 555 01{(width + 1) % 89:02}")
    press(page, "Write it down")
    expect(page.get_by_role("main")).to_contain_text("Written down.")
    press(page, "Take this call")
    press(page, "Give it back")
    expect(page.get_by_role("heading", level=1)).to_have_text("Calls to make")


@WIDTHS
def test_a_supervisors_morning(live, staff, caller, open_page, width):
    number = f"216 555 01{(width + 2) % 89:02}"
    ask_for_a_call(open_page(360), live, number, "Robin", "I want to die")
    theirs = open_page(width)
    sign_in(theirs, live, caller)
    press(theirs, re.compile("Take this call"), first=True)
    expect(theirs.get_by_role("heading", name="May be in crisis: step by step")).to_be_visible()
    assert faults(theirs) == {}
    press(theirs, "A clinician knows")

    # Tom has to leave: the call is handed over by the supervisor, who closes it and says what was done.
    page = open_page(width)
    sign_in(page, live, staff)
    press(page, re.compile("^Open"), role="link", first=True)
    expect(page.get_by_role("main")).to_contain_text("Tom has this call now.")
    assert faults(page) == {}
    press(page, "Free this call")
    expect(page.get_by_role("main")).to_contain_text("Given back.")
    press(page, re.compile("Take this call"), first=True)
    press(page, "The clinician has said what to do")
    press(page, re.compile("In crisis. Handed over"))
    expect(page.get_by_role("alert")).to_contain_text("Write down what was done")
    assert faults(page) == {}
    write(page, "A line for whoever calls next", "A clinician is with them")
    press(page, re.compile("In crisis. Handed over"))
    expect(page.get_by_role("main")).to_contain_text("Closed: In crisis, handed over")

    # Two that nobody answers are assigned together; then how it goes, and an export.
    ask_for_a_call(open_page(360), live, f"216 555 01{(width + 3) % 89:02}", f"Lee{width}")
    page.goto(live.staff_url)
    row = page.get_by_role("row").filter(has_text=f"Lee{width}")
    reach(page, row.get_by_role("button", name="Take this call"))
    page.keyboard.press("Enter")
    press(page, "Give it back")
    reach(page, row.get_by_role("checkbox"))
    page.keyboard.press("Space")
    pick(page, "Assign to", "Tom")
    press(page, "Assign")
    expect(page.get_by_role("main")).to_contain_text("1 request")
    assert faults(page) == {}
    press(page, re.compile("^Assign"))
    expect(page.get_by_role("main")).to_contain_text("1 request assigned to Tom.")
    press(page, "How we are doing", role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text("How we are doing")
    assert faults(page) == {}
    press(page, "Export", role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Export")
    assert faults(page) == {}
    pick(page, "What it is for", "Audit")
    with page.expect_download() as download:
        press(page, "Download the file")
    text = download.value.path().read_text()
    assert "reference" in text.splitlines()[0]
    assert not re.search(f"Robin|Lee{width}|{number[-4:]}|want to die", text)
