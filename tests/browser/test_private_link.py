"""A client with the private code, in a real browser: sees, changes and takes back the request, leaving few traces."""

import contextlib

import pytest
from playwright.sync_api import Error, expect

from tests.browser.test_pages import VIEWS, WEATHER, faults

FORM = "/callback/"
NUMBER = "What number should we call?"


def ask(page, live, number: str, name: str = "") -> str:
    """Send the form; the code on the thank-you page."""
    page.goto(live.url + FORM)
    page.get_by_label(NUMBER).fill(number)
    page.get_by_label("Who should we ask for?").fill(name)
    page.get_by_role("button", name="Please call me").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")
    return page.locator(".reference").inner_text()


@VIEWS
def test_no_page_of_the_private_link_has_a_fault(live, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    page.goto(live.url + "/callback/yours/")
    page.get_by_role("button", name="Open my request").click()
    expect(page.locator(".alert")).to_be_focused()
    assert faults(page) == {}
    code = ask(page, live, f"216 555 01{width % 100}", f"Sam {scheme}")
    page.goto(f"{live.url}/callback/yours/{code}/")
    assert faults(page) == {}
    page.get_by_role("button", name="Change it").click()
    assert faults(page) == {}
    page.get_by_label("Another number?").fill("216")
    page.get_by_role("button", name="Save my changes").click()
    expect(page.locator(".alert")).to_be_focused()
    assert faults(page) == {}
    page.get_by_label("Another number?").fill("216 555 0199")
    page.get_by_role("button", name="Save my changes").click()
    expect(page.get_by_text("Your old code has ended.")).to_be_visible()
    assert faults(page) == {}
    page.get_by_role("button", name="Cancel my request").click()
    assert faults(page) == {}
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled.")
    assert faults(page) == {}
    page.goto(f"{live.url}/callback/yours/{code}/")
    assert faults(page) == {}


def test_it_all_works_with_scripts_and_cookies_off_by_keyboard_at_320_pixels(live, open_page):
    page = open_page(320, java_script_enabled=False)
    page.context.route("**", lambda route: route.continue_(headers=_without_cookies(route.request.headers)))
    code = ask(page, live, "216 555 0144")
    page.goto(live.url + "/callback/yours/")
    page.get_by_label("What is your private code?").focus()
    page.keyboard.type(code.upper().replace("-", " "))
    page.keyboard.press("Enter")
    for button in ("Change it", "Save my changes", "Cancel my request", "Yes, cancel it"):
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled.")
    assert page.url == live.url + "/callback/yours/"
    assert page.context.cookies() == []


def _without_cookies(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "cookie"}


def test_the_code_never_enters_the_history_by_a_button(live, phone):
    visited = []
    phone.on("framenavigated", lambda frame: visited.append(frame.url))
    code = ask(phone, live, "216 555 0145")
    for button in ("Change it", "Save my changes", "Cancel my request", "Keep my request"):
        phone.get_by_role("button", name=button).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your request")
    assert len(visited) >= 6
    assert not [url for url in visited if code in url]


def test_a_double_press_is_one_request(live, desk, phone):
    phone.goto(live.url + FORM)
    phone.get_by_label(NUMBER).fill("216 555 0146")
    phone.get_by_label("Anything you want us to know?").fill("I want to die")  # shows in "To call now" at any hour
    phone.get_by_role("button", name="Please call me").first.dblclick()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")
    first = phone.locator(".reference").inner_text()
    phone.go_back()
    phone.get_by_label(NUMBER).fill("(216) 555-0146")
    phone.get_by_label("Anything you want us to know?").fill("I want to die")
    phone.get_by_role("button", name="Please call me").last.click()
    assert phone.locator(".reference").inner_text() == first
    desk.goto(live.staff_url)
    expect(desk.get_by_role("row").filter(has_text="number ends 0146")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False])
def test_back_after_sending_or_changing_shows_nothing_that_was_typed(live, open_page, scripts):
    page = open_page(360, java_script_enabled=scripts)
    ask(page, live, "216 555 0147", "Rosalind")
    page.go_back()
    expect(page.get_by_label(NUMBER)).to_have_value("")
    assert "Rosalind" not in page.content()
    expect(page.get_by_label("Who should we ask for?")).to_have_value("")


def test_leave_on_the_thank_you_page_then_back_shows_nothing_of_it(live, phone):
    ask(phone, live, "216 555 0148")
    with phone.expect_event("requestfailed", lambda request: request.url == WEATHER):
        phone.get_by_role("link", name="Leave this site").click()
    with contextlib.suppress(Error):
        phone.go_back()
    expect(phone.get_by_role("link", name="Leave this site")).to_have_count(0)
    expect(phone.locator(".reference")).to_have_count(0)


def test_an_open_call_card_says_at_once_that_the_client_took_it_back(live, desk, phone):
    phone.goto(live.url + FORM)
    phone.get_by_label(NUMBER).fill("216 555 0149")
    phone.get_by_label("Anything you want us to know?").fill("I want to die")
    phone.get_by_role("button", name="Please call me").first.click()
    desk.goto(live.staff_url)
    row = desk.get_by_role("row").filter(has_text="number ends 0149")
    row.get_by_role("button", name="Take this call").click()
    desk.get_by_label("A line for whoever calls next").fill("half a line")
    phone.get_by_role("button", name="Cancel my request").click()
    phone.get_by_role("button", name="Yes, cancel it").click()
    told = desk.get_by_role("alert")
    expect(told).to_contain_text("They changed their request just now.")
    expect(desk.get_by_label("A line for whoever calls next")).to_have_value("half a line")
    desk.get_by_role("button", name="No answer. Try again").click()
    expect(desk.get_by_role("main")).to_contain_text("This request is closed: Withdrawn by the client.")
    desk.goto(live.staff_url + "intake/callbackrequest/?tab=look")
    desk.get_by_role("row").filter(has_text="number ends 0149").get_by_role("link", name="Open").click()
    expect(desk.get_by_role("main")).to_contain_text("They took this back: do not call.")
    expect(desk.get_by_text("216 555 0149")).to_have_count(0)
    desk.get_by_label("What was done").fill("The clinician on call was told.")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("main")).to_contain_text("Saved. Nobody is called.")
