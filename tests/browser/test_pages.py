"""Every page as a person meets it: with a phone, a keyboard, a screen reader's checks, in the dark, without scripts."""

import contextlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect

WEATHER = "https://www.weather.gov/"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/coming-back/",
    "/faq/",
    "/programs/",
    "/programs/pick-up-where-you-left-off/",
    "/programs/different-schedule/",
    "/programs/individual-therapy/",
    "/programs/new-group/",
    "/programs/not-sure-yet/",
    "/privacy/",
    "/staying-private/",
    "/accessibility/",
    "/language-help/",
    "/notices/",
    "/callback/",
    "/callback/yours/",
    "/callback/received/ended/",
    "/nowhere/",
]
SMALL_TARGETS = """() => [...document.querySelectorAll('a[href],button,input,select,textarea,summary')].filter(each => {
  const box = each.getBoundingClientRect();
  if (!box.width || each.closest('[hidden],[aria-hidden=true],.skip,.trap,.unseen,.skip-to-content-link')) return false;
  if (each.tagName == 'A' && getComputedStyle(each).display == 'inline' && each.closest('p,li,dd')) return false;
  const label = each.labels && each.labels[0] ? each.labels[0].getBoundingClientRect() : box;
  return Math.max(box.height, label.height) < 44 || Math.max(box.width, label.width) < 44;
}).map(each => each.outerHTML.slice(0, 80))"""

FOCUSED = """() => {
  const each = document.activeElement, box = each.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: each == document.body ? 'BODY' : each.id || each.textContent.trim(),
    outline: getComputedStyle(each).outlineStyle != 'none',
    covered: !!top && !each.contains(top) && !top.contains(each) && !top.closest('label'),
  };
}"""


def faults(page) -> dict:
    """What the tools see: WCAG 2.2 AA by axe, sideways scroll, targets under 44 px (2.5.5)."""
    # Without preload: where a style sheet imports another, axe would write it into the page, which the policy forbids.
    options = {"runOnly": {"type": "tag", "values": TAGS}, "preload": False}
    axe = Axe().run(page, options=options).response["violations"]
    found = {
        "axe": [(each["id"], each["nodes"][0]["html"][:120]) for each in axe],
        "sideways": page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"),
        "small": page.evaluate(SMALL_TARGETS),
    }
    return {name: each for name, each in found.items() if each}


VIEWS = pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])


@VIEWS
@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_has_no_fault(live, open_page, path, width, scheme):
    page = open_page(width, color_scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live.url + path)
    assert faults(page) == {}
    assert [url for url in asked if not url.startswith(live.url)] == []
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@VIEWS
def test_the_form_with_faults_and_the_thank_you_page_have_none(live, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    page.goto(live.url + "/callback/")
    page.get_by_role("button", name="Please call me").first.click()
    expect(page.locator(".alert")).to_be_focused()
    assert faults(page) == {}
    page.get_by_label("What number should we call?").fill("216 555 0143")
    page.get_by_role("button", name="Please call me").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")
    assert faults(page) == {}


@VIEWS
def test_the_desk_has_none(live, staff, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    page.goto(live.url + "/callback/")
    number = {"light": "216 555 0160", "dark": "216 555 0161"}[scheme]
    page.get_by_label("What number should we call?").fill(f"{number} x{width}")
    page.get_by_label("You can leave a voicemail").check()
    page.get_by_label("Anything you want us to know?").fill("I want to die")  # shows in "To call now" at any hour
    page.get_by_role("button", name="Please call me").first.click()
    page.goto(live.staff_url)
    assert faults(page) == {}
    page.get_by_label("User name").fill(staff.username)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Calls to make")
    assert faults(page) == {}
    page.get_by_role("button", name="Take this call").first.click()
    expect(page.get_by_role("heading", name="How did it go?")).to_be_visible()
    page.get_by_text("More", exact=True).click()
    assert faults(page) == {}
    page.get_by_role("button", name="Wrong number").click()  # refused: a crisis needs what was done
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults(page) == {}
    page.get_by_role("button", name="Give it back").click()
    page.get_by_role("link", name="Write down a call").click()
    assert faults(page) == {}
    page.get_by_role("button", name="Write it down").click()
    assert faults(page) == {}


def test_at_320_pixels_with_wide_text_nothing_scrolls_sideways(live, open_page):
    page = open_page(320)
    for path in PAGES:
        page.goto(live.url + path)
        # WCAG 1.4.12: these spacings must not break a page. Set from script: the page's own policy stays as it is.
        page.evaluate("""() => { for (const each of document.querySelectorAll('*')) {
            each.style.letterSpacing = '.12em'; each.style.wordSpacing = '.16em'; each.style.lineHeight = '1.5' } }""")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_form_works_with_scripts_and_cookies_off_and_by_keyboard_alone(live, open_page):
    page = open_page(360, java_script_enabled=False)
    page.goto(live.url + "/callback/")
    page.get_by_label("What number should we call?").focus()
    page.keyboard.type("216 555")
    page.keyboard.press("Enter")
    alert = page.locator(".alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("There is one thing to fix")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What number should we call?")).to_be_focused()
    expect(page.get_by_label("What number should we call?")).to_have_value("216 555")
    page.keyboard.press("End")
    page.keyboard.type(" 0143")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")
    assert page.context.cookies() == []


def test_every_stop_of_the_keyboard_is_seen_and_none_hides_under_the_bar(live, phone):
    phone.goto(live.url + "/callback/")
    seen = set()
    for _ in range(60):
        phone.keyboard.press("Tab")
        stop = phone.evaluate(FOCUSED)
        if stop["name"] == "BODY" or (stop["name"] in seen and stop["name"] == "Skip to the main part"):
            break
        seen.add(stop["name"])
        assert stop["outline"], stop
        assert not stop["covered"], stop
    assert {"id_phone", "id_name", "id_note"} <= seen
    assert "id_website" not in seen


def test_nobody_sees_the_trap(live, phone):
    phone.goto(live.url + "/callback/")
    expect(phone.locator("#id_website")).to_be_attached()
    expect(phone.locator("#id_website")).to_be_hidden()


def test_leaving_opens_the_weather_and_back_shows_it_too(live, phone):
    """The weather page is not to be had here: what counts is that the browser asks for it and shows nothing of ours."""
    asked = []
    phone.on("request", lambda request: asked.append(request.url) if request.is_navigation_request() else None)
    phone.goto(live.url + "/coming-back/")
    phone.goto(live.url + "/callback/")
    with phone.expect_event("requestfailed", lambda request: request.url == WEATHER):
        phone.get_by_role("link", name="Leave this site").click()
    for _ in range(2):
        asked.clear()
        with contextlib.suppress(Error):
            phone.go_back()
        assert asked[-1] == WEATHER
        expect(phone.get_by_role("link", name="Leave this site")).to_have_count(0)


def test_shift_three_times_leaves(live, phone):
    phone.goto(live.url + "/coming-back/")
    with phone.expect_event("requestfailed", lambda request: request.url == WEATHER):
        for _ in range(3):
            phone.keyboard.press("Shift")


def test_back_after_sending_shows_an_empty_form(live, phone):
    phone.goto(live.url + "/callback/")
    phone.get_by_label("What number should we call?").fill("216 555 0155")
    phone.get_by_label("Anything you want us to know?").fill("private words")
    phone.get_by_role("button", name="Please call me").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Glad you’re here.")
    phone.go_back()
    expect(phone.get_by_label("What number should we call?")).to_have_value("")
    expect(phone.get_by_label("Anything you want us to know?")).to_have_value("")
