"""How we are doing, in a real browser: on a small phone, by keyboard, without scripts, and for tools that read it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.site import run

OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"
#: Words of one chart that lie on each other, reach out of the window, or are under 12 px.
UNREADABLE = """() => [...document.querySelectorAll('svg[role=img]')].flatMap(svg => {
  const words = [...svg.querySelectorAll('text')].filter(word => getComputedStyle(word).display != 'none')
    .map(word => [word.textContent, word.getBoundingClientRect(), parseFloat(getComputedStyle(word).fontSize)])
  return words.filter(([, a, size], i) => a.left < 0 || a.right > innerWidth || size < 12 || words.some(([, b], j) =>
    i < j && a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2))
    .map(([text]) => text)
})"""


@pytest.fixture(scope="module")
def charts(live) -> str:
    made = run("make_requests", "--count", "300", "--open", "40", **live.environment)
    assert made.returncode == 0, made.stderr
    return live.staff_url + "intake/callbackrequest/charts/"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])
def test_each_period_reads_at_any_width(charts, desk, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme, storage_state=desk.context.storage_state())
    for days in (7, 30, 90, 365):
        page.goto(f"{charts}?days={days}")
        page.evaluate(OPEN_ALL)
        assert page.locator("svg[role=img]").count() > 2
        assert page.evaluate(SIDEWAYS) <= 0
        assert page.evaluate(UNREADABLE) == []
        assert Axe().run(page).response["violations"] == []


def test_by_keyboard_and_without_scripts(charts, desk, open_page):
    page = open_page(storage_state=desk.context.storage_state(), java_script_enabled=False)
    page.goto(charts)
    numbers = page.get_by_role("table", name="Requests by day")
    expect(numbers).to_be_hidden()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(numbers).to_be_visible()
    page.get_by_role("link", name="7 days").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "page")
