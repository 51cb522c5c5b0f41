"""Nothing of a request comes on paper: what is printed would be on no record. The charts, which name nobody, do."""

import pytest
from playwright.sync_api import expect

from tests.site import run

SAID = "getComputedStyle(document.body, '::before').content"
SHOWN = "[...document.body.children].filter(each => each.getClientRects().length).length"


@pytest.fixture(scope="module")
def queue(live) -> str:
    made = run("make_requests", "--count", "3", "--open", "3", **live.environment)
    assert made.returncode == 0, made.stderr
    return live.staff_url + "intake/callbackrequest/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_desk_pages_print_one_line_alone(live, desk, queue, scheme):
    desk.goto(f"{queue}?tab=waiting")
    card = live.staff_url.removesuffix("/admin/") + desk.locator("a[href*='/change/']").first.get_attribute("href")
    for address in (queue, card, f"{queue}keeping/", f"{queue}export/"):
        desk.goto(address)
        expect(desk.get_by_role("heading", level=1)).to_be_visible()
        desk.emulate_media(media="print", color_scheme=scheme)
        assert "Desk pages are not printed" in desk.evaluate(SAID)
        assert desk.evaluate(SHOWN) == 0
        desk.emulate_media(media="screen")


def test_charts_and_pages_of_the_site_print(live, desk):
    for address in ("intake/callbackrequest/charts/", "pages/"):
        desk.goto(live.staff_url + address)
        desk.emulate_media(media="print")
        expect(desk.get_by_role("heading", level=1)).to_be_visible()
        assert desk.evaluate(SAID) == "none"
        desk.emulate_media(media="screen")
