"""A newcomer's first minutes at the desk."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import sign_up


def test_the_printed_link_opens_the_desk_and_then_ends(live, page, open_page):
    sign_up(page, live.first_link, "jo")
    assert page.get_by_text("Signed in as Jo").is_visible()
    ended = open_page()
    assert ended.goto(live.first_link).status == 410
    assert ended.get_by_role("heading", name="This link has ended").is_visible()


def test_the_sign_up_form_can_be_used_by_everyone(live, phone):
    phone.goto(live.invite("triage"))
    assert not Axe().run(phone).response["violations"]
    phone.get_by_role("button", name="Make my account").click()
    assert phone.locator("[aria-invalid=true]").count() == 4
    assert not Axe().run(phone).response["violations"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
