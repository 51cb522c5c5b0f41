"""What every answer carries, whoever gives it: the headers, the crisis numbers, no cookie for a reader."""

import base64
import contextlib
import hashlib
import http.client
import re
import shutil

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from django.urls import reverse

from reentry_site.headers import HEADERS
from reentry_site.pages import publishing
from tests.site import Site

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
    features = {each.removesuffix("=()") for each in HEADERS["Permissions-Policy"].split(", ")}
    used = {f"{kind}-src" for kind in ("script", "style", "img", "font", "connect")} | {"form-action"}
    never_used = (
        "accelerometer autoplay camera display-capture fullscreen geolocation gyroscope magnetometer microphone "
    )
    never_used += "midi payment screen-wake-lock usb xr-spatial-tracking"

    assert re.sub(r" 'sha256-[\w+/]{43}='", "", policy.pop("style-src")) == "'self'"
    assert policy == dict.fromkeys(used - {"style-src"}, "'self'") | dict.fromkeys(
        ("default-src", "base-uri", "frame-ancestors"), "'none'"
    )
    assert features == set(never_used.split())
    assert {name: value for name, value in HEADERS.items() if not name.endswith("Policy") or "Origin" in name} == {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
    assert HEADERS["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", [*PUBLIC, "/callback/received/x/"])
def test_a_style_in_a_page_is_one_that_the_policy_names(client, path):
    answer = client.get(path)
    styles = re.findall(r"<style>(.*?)</style>", answer.content.decode(), re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in styles}
    assert 1 <= len(styles) == answer.content.count(b"<style") <= 2
    assert hashes <= set(re.findall(r"'sha256-(\S+)'", answer["Content-Security-Policy"]))


@pytest.mark.parametrize("name", ["css/site.css", "fonts/young-serif-latin.woff2"])
def test_static_files_carry_them_too_and_are_kept_for_good(client, name):
    answer = client.get(f"/static/{name}" if "fonts" in name else staticfiles_storage.url(name))
    assert answer.status_code == 200
    for name in HEADERS.keys() - {"Cache-Control"}:
        assert answer[name] == HEADERS[name]
    assert "immutable" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    answer.close()


def test_every_svg_says_how_its_letters_are_written(client):
    answer = client.get(staticfiles_storage.url("icons/door.svg"))
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    answer.close()


@pytest.mark.parametrize("path", [*PUBLIC, *OTHERS, "/admin/", "/static/css/site.css", "/robots.txt"])
def test_trace_is_refused_everywhere(client, path):
    """Or led to where it is: an address without its slash."""
    assert client.trace(path).status_code == (301 if path == "/faq" else 405)


@pytest.mark.parametrize("name", ["index", "intake_callbackrequest_changelist", "auth_user_changelist", "pages"])
def test_trace_is_refused_to_staff_too(client, name):
    client.force_login(User.objects.create_user("jo", is_staff=True))
    assert client.trace(reverse(f"admin:{name}")).status_code == 405


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
    assert not re.search(r"style=|<script(?! type=.application/ld\+json.>|[^>]* src=)| on\w+=", page)


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


# A public site -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def public_site(set_up, tmp_path_factory):
    folder = tmp_path_factory.mktemp("public") / "data"
    site = Site(shutil.copytree(set_up, folder), PUBLIC_HOSTS="care.example.org", BEHIND_TLS="yes", WEB_WORKERS=1)
    yield site
    site.end()


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "care.example.org", 200),
        ("/faq", "care.example.org", 301),
        ("/nowhere/", "care.example.org", 404),
        ("/callback/", "care.example.org", 200),
        ("/static/css/tokens.css", "care.example.org", 200),
        ("/static/nowhere/", "care.example.org", 404),
        ("/admin/", "care.example.org", 302),
        ("/account/sign-in/", "care.example.org", 200),
        ("/healthz", "care.example.org", 200),
        ("/", "elsewhere.example.org", 400),
    ],
)
def test_every_answer_of_a_public_site_keeps_browsers_to_tls_for_a_year(public_site, path, host, status):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", public_site.port)) as connection:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
    assert answer.status == status
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000; includeSubDomains; preload"]
