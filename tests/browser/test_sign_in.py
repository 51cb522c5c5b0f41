"""From an invitation to a passkey, by keyboard alone, on a phone in the dark and on a desk; axe looks at each page."""

import contextlib
import os
import re
import sqlite3

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from tests.browser.conftest import Account, sign_up
from tests.browser.test_mornings import press, reach, write
from tests.browser.test_pages import faults
from tests.site import PATIENCE

VIEWS = pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
NEW = "zebra and lighthouse in the rain"


def heading(page: Page, words: str) -> None:
    """This page is open, and has no fault."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    if folder := os.environ.get("PICTURES"):
        page.screenshot(
            path=f"{folder}/{page.viewport_size['width']} {words} {len(os.listdir(folder))}.png", full_page=True
        )
    assert faults(page) == {}


def write_code(page: Page, secret: str, button: str) -> None:
    """What the app shows. Where the half minute ends in between, the next one, as the page says."""
    for _ in range(2):
        (counter,) = yield_hotp_counters_from_time()
        page.get_by_label("Code").fill("")
        write(page, "Code", format_hotp_value(hotp_value(secret, counter)))
        with page.expect_navigation():
            press(page, button)
        if not page.get_by_text("This code is not right").is_visible():
            return


def forget_used_codes(live) -> None:
    """As after half a minute: the code that the app shows may be typed again."""
    with contextlib.closing(sqlite3.connect(live.data_dir / "db.sqlite3", timeout=PATIENCE)) as database, database:
        database.execute("DELETE FROM shared_cache")


def begin_sign_in(page: Page, live, account: Account) -> None:
    page.goto(live.staff_url)
    write(page, "User name", account.username)
    write(page, "Password", account.password)
    page.keyboard.press("Enter")


def give_passkeys(page: Page) -> None:
    """The browser gets a device that knows passkeys, and a person who puts a finger on it."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@VIEWS
def test_from_the_invitation_to_a_passkey(live, staff, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    give_passkeys(page)
    account = sign_up(page, live.invite("triage"), f"kim{width}")
    heading(page, "Calls to make")

    # An app with codes, and the recovery codes that come with it.
    press(page, "Set up a second step", role="link")
    heading(page, "Your second step")
    press(page, "Set up an app", role="link")
    heading(page, "Set up an app")
    assert page.locator(".qr").evaluate("image => image.complete && image.naturalWidth > 0")
    secret = page.locator("#secret").inner_text()
    write(page, "Code", "000000")
    press(page, "Set it up")
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    heading(page, "Set up an app")
    write_code(page, secret, "Set it up")
    heading(page, "Your recovery codes")
    recovery_codes = page.locator(".codes code").all_inner_texts()
    assert len(recovery_codes) == 10
    press(page, "I have kept them. To the desk", role="link")
    expect(page.get_by_text("Set up a second step")).to_have_count(0)

    # Out, and in again with the app.
    press(page, "Sign out")
    heading(page, "Sign in")
    begin_sign_in(page, live, account)
    heading(page, "The second step")
    expect(page.get_by_role("button", name="Use your passkey")).to_have_count(0)
    write(page, "Code", "000000")
    press(page, "Sign in")
    heading(page, "The second step")
    forget_used_codes(live)
    write_code(page, secret, "Sign in")
    heading(page, "Calls to make")

    # A passkey, and in with nothing else.
    press(page, "Your sign-in", role="link")
    press(page, "Set up a passkey", role="link")
    heading(page, "Set up a passkey")
    press(page, "Set up the passkey")
    heading(page, "Your second step")
    expect(page.get_by_text("The passkey is set up.")).to_be_visible()
    press(page, "See your passkeys", role="link")
    heading(page, "Your passkeys")
    press(page, "Sign out")
    press(page, "Sign in with a passkey")
    heading(page, "Calls to make")
    press(page, "Sign out")
    heading(page, "Sign in")
    begin_sign_in(page, live, account)
    press(page, "Use your passkey")
    heading(page, "Calls to make")

    # Elsewhere, in by a recovery code: seen on the sessions page, and ended from there.
    other = open_page(1280)
    begin_sign_in(other, live, account)
    write(other, "Code", recovery_codes[0])
    press(other, "Sign in")
    expect(other.get_by_role("heading", level=1)).to_have_text("Calls to make")
    press(page, "Your sign-in", role="link")
    press(page, "See where you are signed in", role="link")
    heading(page, "Where you are signed in")
    expect(page.get_by_text("Another browser")).to_have_count(1)
    press(page, re.compile("^Sign it out"))
    expect(page.get_by_text("That browser is signed out.")).to_be_visible()
    expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")

    # Another password; the app goes, and the passkey too.
    press(page, "Your second step", role="link")
    press(page, "Change your password", role="link")
    heading(page, "Change your password")
    press(page, "Change it")
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    heading(page, "Change your password")
    write(page, "Your password now", account.password)
    write(page, "New password", NEW)
    write(page, "The same password again", NEW)
    press(page, "Change it")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.goto(live.staff_url.replace("/admin/", "/account/second-step/"))
    press(page, "Make new codes", role="link")
    heading(page, "New recovery codes")
    press(page, "Keep the old ones", role="link")
    press(page, "Remove the app", role="link")
    heading(page, "Remove the app")
    press(page, "Remove the app")
    press(page, "See your passkeys", role="link")
    press(page, re.compile("^Remove"), role="link")
    heading(page, "Remove a passkey")
    press(page, "Remove it")
    expect(page.get_by_role("button", name="Remove it")).to_have_count(0)  # that page is left
    page.goto(live.staff_url)
    expect(page.get_by_role("link", name="Set up a second step")).to_be_visible()


@VIEWS
def test_starting_again_and_confirming(live, staff, open_page, width, scheme):
    page = open_page(width, color_scheme=scheme)
    account = sign_up(page, live.invite("triage"), f"robin{width}")
    page.goto(live.reset(account.username))
    heading(page, "Choose a new password")
    press(page, "Save the new password")
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    heading(page, "Choose a new password")
    write(page, "New password", NEW)
    write(page, "The same password again", NEW)
    link = page.url
    press(page, "Save the new password")
    heading(page, "Calls to make")
    page.goto(link)
    heading(page, "This link has ended")
    page.goto(live.staff_url.replace("/admin/", "/account/confirm/"))
    heading(page, "Is it you?")
    write(page, "Your password", "something else")
    press(page, "Go on")
    heading(page, "Is it you?")


def test_signing_in_works_without_scripts(live, staff, open_page):
    page = open_page(java_script_enabled=False)
    page.goto(live.staff_url)
    assert page.get_by_role("button").all_inner_texts() == ["Sign in"]
    page.get_by_label("User name").fill(staff.username)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signed in as")).to_be_visible()
    expect(page.locator("#sign-off")).to_be_hidden()


def test_the_desk_warns_before_it_signs_off_and_then_leaves(live, desk, page):
    """The browser's clock runs ahead; the server's answers are made to follow it."""
    left = {"seconds": 115}
    page.route("**/account/left/", lambda route: route.fulfill(body=str(left["seconds"])))
    page.clock.install()
    page.goto(live.staff_url)
    warning = page.get_by_role("alert").filter(has_text="less than two minutes")
    expect(warning).to_be_hidden()
    page.clock.run_for(13 * 60 * 1000 + 2000)
    expect(warning).to_be_visible()
    assert faults(page) == {}
    left["seconds"] = 900
    with page.expect_response("**/account/stay/") as stayed:
        reach(page, page.get_by_role("button", name="Stay signed in"))
        page.keyboard.press("Enter")
    assert stayed.value.status == 204
    expect(warning).to_be_hidden()
    left["seconds"] = 0
    with page.expect_request("**/admin/login/?next=%2Fadmin%2Fintake%2Fcallbackrequest%2F"):
        page.clock.run_for(13 * 60 * 1000 + 2000)
