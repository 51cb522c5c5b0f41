"""The operator's pages, which are the stock admin's in the desk's dress: the list of staff, and one account."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_up
from tests.browser.test_pages import faults

#: Of the list, what its own box cuts off at the side.
CUT = """() => {
  const right = document.querySelector('.results').getBoundingClientRect().right + 1;
  return [...document.querySelectorAll('.results *')]
    .filter(each => each.getBoundingClientRect().right > right).map(each => each.outerHTML.slice(0, 80));
}"""


def has_no_fault(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{page.viewport_size['width']} {heading}.png", full_page=True)
    assert faults(page) == {}


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (360, "dark"), (1280, "light")])
def test_the_list_of_staff_and_an_account_can_be_used_by_everyone(live, staff, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    sign_up(page, live.invite("operator"), f"olive{width}")
    sign_up(open_page(), live.invite("triage"), f"tom{width}")
    page.get_by_role("link", name="Staff", exact=True).click()
    has_no_fault(page, "Select user to change")
    assert page.evaluate(CUT) == []
    page.get_by_role("link", name=f"tom{width}").last.click()
    has_no_fault(page, "Change user")
    page.get_by_label("supervisor").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    expect(page.get_by_role("row", name=f"tom{width}")).to_contain_text("triage, supervisor")
    page.get_by_role("link", name=f"tom{width}").last.click()
    page.get_by_role("link", name="History").click()
    has_no_fault(page, f"Change history: tom{width}")


def test_the_groups_of_an_account_change_without_scripts(live, staff, open_page):
    """By boxes: the stock admin's two lists need scripts, and small arrows."""
    sign_up(open_page(), live.invite("triage"), "ann")
    page = open_page(java_script_enabled=False)
    page.goto(f"{live.staff_url}auth/user/")
    page.get_by_label("User name").fill(staff.username)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="ann").click()
    page.get_by_label("privacy").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("row", name="ann")).to_contain_text("triage, privacy")
