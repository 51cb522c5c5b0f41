"""Who looks after privacy: holds a request, lifts the hold, and deletes what is past keeping, by keyboard alone."""

import contextlib
import sqlite3

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_up
from tests.site import PATIENCE


def ask(page: Page, home: str, number: str) -> None:
    page.goto(f"{home}/callback/")
    page.get_by_label("What number should we call?").fill(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Glad you’re here")).to_be_visible()


def close_all(live) -> list[str]:
    """As if they had been closed half a year ago. Their references."""
    with contextlib.closing(sqlite3.connect(live.data_dir / "db.sqlite3", timeout=PATIENCE)) as database, database:
        database.execute(
            "UPDATE intake_callbackrequest SET status = 'closed', resolution = 'not_reached', next_try_at = NULL, "
            "needs_look = 0, closed_at = datetime('now', '-180 days')"
        )
        return [reference for (reference,) in database.execute("SELECT reference FROM intake_callbackrequest")]


def can_be_used(page: Page) -> None:
    """By everyone: nothing that axe finds, nothing wider than the screen, nothing too low to be hit."""
    assert not Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = "[...document.querySelectorAll('a:not(.skip-to-content-link), button, input:not([type=hidden]), select')]"
    low = f"{shown}.filter(each => each.offsetWidth && each.getBoundingClientRect().height < 44)"
    assert page.evaluate(f"{low}.map(each => each.outerHTML)") == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (360, "dark"), (1280, "light")])
def test_a_hold_is_put_and_lifted_and_the_rest_deleted_by_keyboard(live, staff, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    home = live.staff_url.removesuffix("/admin/")
    for number in ("216 555 0143", "216 555 0144"):
        ask(page, home, number)
    references = close_all(live)
    sign_up(page, live.invite("privacy"), f"pat{width}{scheme}")
    expect(page.get_by_role("heading", name="Keeping and forgetting")).to_be_visible()
    can_be_used(page)

    page.get_by_label("Reference").fill("ABCD-2345")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reference")).to_have_value("ABCD-2345")
    expect(page.get_by_label("Reference")).to_be_focused()
    can_be_used(page)

    page.get_by_label("Reference").fill(references[0])
    page.get_by_label("Why it is kept").press("L")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".held")).to_contain_text(f"{references[0]} Legal hold")
    can_be_used(page)

    page.get_by_role("link", name="Delete what is past keeping now").press("Enter")
    expect(page.get_by_text("1 request will be deleted now")).to_be_visible()
    can_be_used(page)
    page.get_by_role("button", name="Delete 1 request").press("Enter")
    expect(page.get_by_text("1 request is deleted.")).to_be_visible()

    page.get_by_role("button", name="Lift the hold").press("Enter")
    expect(page.get_by_text("No request is on hold.")).to_be_visible()
    page.get_by_role("link", name="Delete what is past keeping now").press("Enter")
    page.get_by_role("button", name="Delete 1 request").press("Enter")
    expect(page.get_by_text("1 request is deleted.")).to_be_visible()
