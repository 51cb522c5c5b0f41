"""A real Chromium and the real site. No test here may use Django's models: Playwright's event loop forbids it."""

import os
import shutil
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.site import Site

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_itemcollected(item):
    item.add_marker("browser")


@dataclass(frozen=True)
class Account:
    username: str
    password: str = "a long lamp by the open door"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Opens pages of any width, each in a context of its own; keywords go to the context (color_scheme="dark")."""
    contexts, violations = [], []

    def open_page(width: int = 1280, **options) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not violations


@pytest.fixture
def page(open_page) -> Page:
    return open_page()


@pytest.fixture
def phone(open_page) -> Page:
    return open_page(360)


@pytest.fixture(scope="module")
def live(set_up, tmp_path_factory):
    """The site as `make serve` starts it, with its own DATA_DIR; one for each file of tests."""
    site = Site(shutil.copytree(set_up, tmp_path_factory.mktemp("live") / "data"))
    yield site
    site.end()


def sign_up(page: Page, link: str, username: str) -> Account:
    """Make an account with a sign-up link, as a newcomer does; ends signed in at the desk."""
    account = Account(username)
    page.goto(link)
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("First name").fill(username.title())
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_label("The same password again").fill(account.password)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_text("Signed in as")).to_be_visible()
    return account


@pytest.fixture(scope="module")
def staff(live, browser) -> Account:
    """The first account, which may do everything."""
    context = browser.new_context()
    account = sign_up(context.new_page(), live.first_link, "jo")
    context.close()
    return account


@pytest.fixture
def desk(live, staff, page) -> Page:
    """A page where the first account has signed in."""
    page.goto(live.staff_url)
    page.get_by_label("User name").fill(staff.username)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Signed in as")).to_be_visible()
    return page
