"""What every answer carries, whoever gives it: the headers, the crisis numbers, no cookie for a reader."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from reentry_site.headers import HEADERS
from reentry_site.pages import publishing

PUBLIC = ["/", "/coming-back/", "/faq/", "/programs/", "/callback/", "/callback/yours/", "/notices/", "/nowhere/"]
OTHERS = ["/account/sign-in/", "/callback/received/x/", "/healthz", "/readyz", "/leave/", "/faq", "/account/invited/x/"]


@pytest.fixture
def client(db):
    client = Client(enforce_csrf_checks=True)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("path", PUBLIC + OTHERS)
def test_every_answer_carries_the_headers(client, path):
    answer = client.get(path)
    for name, value in HEADERS.items():
        if (name, path) == ("Referrer-Policy", "/leave/"):
            value = "no-referrer"
        if name == "Cache-Control":
            assert "no-store" in answer[name]
        else:
            assert answer[name] == value


def test_the_headers_close_everything_that_the_pages_do_not_use():
    policy = dict(each.split(" ", 1) for each in HEADERS["Content-Security-Policy"].split("; "))
    closed = {"default-src", "base-uri", "frame-ancestors"}

    assert {name for name, source in policy.items() if source == "'none'"} == closed
    assert {policy[name] for name in policy.keys() - closed} == {"'self'"}
    assert "form-action" in policy
    assert HEADERS["Cache-Control"] == "no-store"
    assert HEADERS["X-Frame-Options"] == "DENY"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Referrer-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(HEADERS["Permissions-Policy"].split(", "))


def test_static_files_carry_them_too_and_are_kept_for_good(client):
    answer = client.get(staticfiles_storage.url("css/site.css"))
    assert answer.status_code == 200
    for name in HEADERS.keys() - {"Cache-Control"}:
        assert answer[name] == HEADERS[name]
    assert "immutable" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    answer.close()


def test_a_post_that_is_refused_and_a_crash_carry_them(client, monkeypatch):
    refused = client.post("/account/sign-in/", {"login": "x"})
    assert refused.status_code == 403
    monkeypatch.setattr(publishing, "current", lambda: 1 / 0)
    crashed = client.get("/pictures/a.png")
    assert crashed.status_code == 500
    for answer in (refused, crashed):
        for name, value in HEADERS.items():
            assert answer[name] == value
        assert b"988" in answer.content and b"911" in answer.content


@pytest.mark.parametrize("path", [*PUBLIC, "/callback/received/x/"])
def test_every_public_page_has_the_crisis_numbers_and_sets_no_cookie(client, path):
    answer = client.get(path)
    page = answer.content.decode()
    for link in ("tel:988", "sms:988", "tel:911"):
        assert link in page
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_page_leads_away_and_to_the_notices(client, path):
    page = client.get(path).content.decode()
    foot = page[page.index("<footer") :]

    assert '<a class="leave" href="/leave/"' in page
    assert 'href="/notices/"' in foot
    assert "Nothing here is medical advice" in foot
    assert "Stories here may be fictional" in foot


@pytest.mark.parametrize("path", ["/callback/received/x/", "/callback/yours/", "/nowhere/"])
def test_a_page_that_is_for_one_person_or_for_nobody_is_not_to_be_found(client, path):
    assert '<meta name="robots" content="noindex">' in client.get(path).content.decode()


@pytest.mark.parametrize("path", PUBLIC)
def test_every_byte_of_a_page_comes_from_this_site(client, path):
    page = client.get(path).content.decode()
    loaded = re.findall(r"<(?:link|script|img|iframe|source|use)[^>]+(?:href|src)=\"([^\"]+)\"", page)
    assert loaded
    assert all(re.match(r"/(?!/)|#", address) for address in loaded)
    # A script element with JSON in it is data and runs nowhere.
    assert not re.search(r"<style|style=|<script(?! type=.application/ld\+json.>|[^>]* src=)| on\w+=", page)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_the_error_pages_need_no_request(status):
    from reentry_site import errors

    views = {400: errors.bad_request, 403: errors.forbidden, 404: errors.not_found, 500: errors.server_error}
    answer = views[status](None)
    assert answer.status_code == status
    assert b"tel:988" in answer.content
    assert b"(216) 480-4860" in answer.content


def test_a_foreign_host_is_refused(client):
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400


# Leave this site ----------------------------------------------------------------------------------------------


def test_leaving_opens_the_weather_and_guards_back_for_a_minute(client):
    left = client.get("/leave/")
    assert (left.status_code, left.url) == (302, "https://www.weather.gov/")
    guard = left.cookies[settings.LEAVE_COOKIE_NAME]
    assert (guard["max-age"], guard["httponly"], guard["samesite"]) == (60, True, "Lax")
    for path in PUBLIC:
        assert client.get(path).url == client.head(path).url == "https://www.weather.gov/"


def test_the_guard_is_no_hindrance_to_staff_and_machines(client):
    client.get("/")  # loads the content, so that the site is ready
    client.get("/leave/")
    for path, status in {"/account/sign-in/": 200, "/healthz": 200, "/readyz": 200, "/account/invited/x/": 410}.items():
        assert client.get(path).status_code == status, path
    file = client.get(staticfiles_storage.url("css/site.css"))
    assert file.status_code == 200
    file.close()


def test_on_a_public_site_the_guard_travels_by_tls_alone(client, settings):
    settings.PUBLIC = True
    assert client.get("/leave/", secure=True).cookies[settings.LEAVE_COOKIE_NAME]["secure"]


def test_a_post_under_the_guard_is_taken_and_ends_it(client):
    client.get("/leave/")
    sent = client.post("/callback/", {"phone": "216 555 0143"})
    assert sent.status_code == 303
    assert client.get(sent.url).status_code == 200
