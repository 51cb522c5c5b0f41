"""deploy/nginx.conf: what is asked through it is answered as the site answers, and nothing of it is kept."""

import contextlib
import http.client
import http.server
import re
import shutil
import socket
import ssl
import threading
import urllib.error
import urllib.parse

import pytest

from reentry_site.headers import HEADERS
from tests.deploy.nginx import HOST, PROGRAM, Nginx
from tests.site import Site, free_port

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs nginx")
A_YEAR = "max-age=31536000; includeSubDomains; preload"
PASSWORD = "a long lamp by the open door"


@pytest.fixture(scope="module")
def site(set_up, tmp_path_factory):
    folder = shutil.copytree(set_up, tmp_path_factory.mktemp("behind") / "data")
    site = Site(folder, PUBLIC_HOSTS=HOST, BEHIND_TLS="yes", TRUSTED_PROXIES=1, WEB_WORKERS=1)
    yield site
    site.end()


@pytest.fixture(scope="module")
def nginx(site, tmp_path_factory):
    nginx = Nginx(tmp_path_factory.mktemp("front") / "nginx", site.port)
    yield nginx
    nginx.end()


@pytest.fixture
def seen(tmp_path):
    """Raw requests through an nginx in front of a site that writes down what reaches it → the headers that did."""
    reached = []

    class Writing(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            reached.append(self.headers.items())
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Writing) as behind:
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        nginx = Nginx(tmp_path / "nginx", behind.server_port)
        yield lambda raw: (nginx.send(raw), reached)[1]
        nginx.end()
        behind.shutdown()


def post(browser, path: str, **fields: str):
    """The page that it leads to in the end."""
    page = browser.open(f"https://{HOST}{path}").read().decode()
    if token := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page):
        fields["csrfmiddlewaretoken"] = token[1]
    return browser.open(f"https://{HOST}{path}", urllib.parse.urlencode(fields).encode())


def headers(answer) -> list[tuple[str, str]]:
    """Those that the site means for the browser."""
    of_the_way = {"server", "date", "connection", "transfer-encoding"}
    return sorted((name.lower(), value) for name, value in answer.getheaders() if name.lower() not in of_the_way)


def through(nginx, method: str, path: str) -> http.client.HTTPResponse:
    with nginx.connect() as opened:
        opened.sendall(f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(opened, method=method)
        answer.begin()
        answer.read()
        return answer


def straight(site, method: str, path: str) -> http.client.HTTPResponse:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port)) as connection:
        connection.request(method, path, headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        answer.read()
        return answer


def test_pages_the_form_and_signing_in_work_through_it(site, nginx):
    thanked = post(nginx.browser(), "/callback/", phone="216 555 0143")
    assert thanked.url.startswith(f"https://{HOST}/callback/received/")

    link = re.search(rf"https://{HOST}/account/invited/\S+", site.output())[0]
    newcomer = nginx.browser()
    signing_up = urllib.parse.urlsplit(newcomer.open(link).url).path
    post(newcomer, signing_up, username="jo", first_name="Jo", password1=PASSWORD, password2=PASSWORD)

    signed_in = post(nginx.browser(), "/account/sign-in/", login="jo", password=PASSWORD)
    assert signed_in.url.startswith(f"https://{HOST}/account/second-step/?")


@pytest.mark.parametrize(
    "path",
    ["/", "/faq", "/nowhere/", "/callback/", "/static/css/tokens.css", "/account/sign-in/", "/admin/", "/healthz"],
)
def test_each_header_of_the_site_comes_once_and_unchanged(site, nginx, path):
    for method in ("GET", "HEAD", "DELETE"):
        found, meant = through(nginx, method, path), straight(site, method, path)
        assert found.status == meant.status
        names = [name for name, _ in headers(found)]
        assert {name.lower() for name in HEADERS} | {"strict-transport-security"} <= set(names)
        assert {name for name in names if names.count(name) > 1} == set()
        without_cookies = [[each for each in headers(one) if each[0] != "set-cookie"] for one in (found, meant)]
        assert without_cookies[0] == without_cookies[1]


def test_nginxs_own_answers_keep_browsers_to_tls_and_tell_no_version(nginx):
    refused = through(nginx, "TRACE", "/")
    assert (refused.status, refused.headers["Server"]) == (405, "nginx")
    assert refused.headers.get_all("Strict-Transport-Security") == [A_YEAR]


def test_without_tls_readers_are_led_to_it_and_other_hosts_to_nothing(nginx):
    def plain(host: str) -> bytes:
        with socket.create_connection(("127.0.0.1", nginx.plain_port), 30) as opened:
            opened.sendall(f"GET /faq/?a=b HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: opened.recv(65536), b""))

    answer = plain(HOST)
    assert answer.startswith(b"HTTP/1.1 301 ")
    assert f"\r\nLocation: https://{HOST}/faq/?a=b\r\n".encode() in answer
    with pytest.raises(ConnectionResetError):
        plain("elsewhere.example.org")
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        nginx.connect("elsewhere.example.org")


OLD = {"minimum_version": ssl.TLSVersion.MINIMUM_SUPPORTED, "ciphers": "ALL:@SECLEVEL=0"}


@pytest.mark.parametrize(
    ("limits", "spoken"),
    [
        ({}, ("TLSv1.3", None)),
        (
            {"maximum_version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-RSA-AES128-GCM-SHA256"},
            ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
        ),
    ],
)
def test_todays_tls_is_spoken(nginx, limits, spoken):
    with nginx.connect(**limits) as opened:
        version, cipher = spoken
        assert opened.version() == version
        assert cipher in {None, opened.cipher()[0]}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (OLD | {"maximum_version": ssl.TLSVersion.TLSv1_1}, "PROTOCOL_VERSION"),
        ({"maximum_version": ssl.TLSVersion.TLSv1_2, "ciphers": "AES128-GCM-SHA256"}, "HANDSHAKE_FAILURE"),
        ({"maximum_version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-RSA-AES128-SHA256"}, "HANDSHAKE_FAILURE"),
    ],
)
def test_older_tls_and_weaker_ciphers_are_refused(nginx, limits, why):
    with pytest.raises(ssl.SSLError, match=why):
        nginx.connect(**limits)


def test_what_a_client_says_of_its_address_scheme_and_host_is_replaced(seen):
    forged = b"X-Forwarded-For: 203.0.113.7\r\nx-forwarded-for: 203.0.113.8\r\nX-Forwarded-Proto: http\r\n"
    [reached] = seen(
        b"GET / HTTP/1.1\r\nHost: " + HOST.upper().encode() + b"\r\nConnection: close\r\n" + forged + b"\r\n"
    )
    ours = {"host": HOST, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", "connection": "close"}
    assert sorted((name.lower(), value) for name, value in reached) == sorted(ours.items())


HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: care.example.org\r\n\r\n"
SIZE = b"Content-Length: %d\r\n" % len(HIDDEN)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("framing", "body", "status"),
    [
        (SIZE + CHUNKED, b"0\r\n\r\n" + HIDDEN, 400),
        (CHUNKED + SIZE, b"0\r\n\r\n" + HIDDEN, 400),
        (SIZE + b"Transfer-Encoding: identity\r\n", HIDDEN, 501),
        (SIZE + b"Transfer-Encoding: xchunked\r\n", HIDDEN, 501),
        (SIZE + b"Transfer-Encoding: gzip, chunked\r\n", HIDDEN, 501),
        (SIZE + b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n" + HIDDEN, 400),
        (SIZE + b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n" + HIDDEN, 501),
        (CHUNKED + CHUNKED, b"0\r\n\r\n" + HIDDEN, 400),
        (b"Content-Length: 0\r\n" + SIZE, HIDDEN, 400),
        (SIZE + SIZE, HIDDEN, 400),
        (b"Content-Length: +0\r\n", HIDDEN, 400),
        (b"Content-Length: 0, 0\r\n", HIDDEN, 400),
        (b"X: y\r\n " + CHUNKED + SIZE, b"0\r\n\r\n" + HIDDEN, 400),
        (b"X: y\r\n\tContent-Length: 0\r\n" + SIZE, HIDDEN, 400),
        # Read by both as they are written: the body is a body.
        (SIZE, HIDDEN, 422),
        (CHUNKED, b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), 422),
    ],
)
def test_no_request_hides_in_another(nginx, framing, body, status):
    """CL.TE, TE.CL and their like: one answer, and never the hidden one's."""
    form = b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
    head = b"POST /callback/ HTTP/1.1\r\nHost: care.example.org\r\n" + form + framing + b"\r\n"
    answer = nginx.send(head + body)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [str(status).encode()]
    assert b"ok\n" not in answer[-10:]


def test_a_heavy_form_is_refused_by_the_site_with_the_crisis_numbers(nginx):
    """And goes to no disk on its way: the folders for it are gone."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(nginx.browser(), "/callback/", phone="216 555 0143", note="x" * 200_000)
    assert refused.value.code == 413
    assert b"tel:988" in refused.value.read()


def test_nothing_of_a_request_stands_in_what_nginx_writes(tmp_path):
    """Also where it has something to complain of: a site that is away, a request that is too heavy or no request."""
    nginx = Nginx(tmp_path / "nginx", free_port())
    to = b" HTTP/1.1\r\nHost: care.example.org\r\nConnection: close\r\nX: canary\r\n"
    statuses = {
        b"GET /canary" + to + b"\r\n": b"502",
        b"GET /canary" + to + b"Content-Length: x\r\n\r\n": b"400",
        b"POST /canary" + to + b"Content-Length: 999999\r\n\r\n": b"413",
        b"GET /canary" + b"y" * 9000 + to + b"\r\n": b"414",
    }
    assert {nginx.send(raw).split()[1] for raw in statuses} == set(statuses.values())
    with socket.create_connection(("127.0.0.1", nginx.port)) as opened:
        opened.sendall(b"\x16\x03\x01canary")
    nginx.end()
    assert {file.name for file in nginx.folder.iterdir()} == {"nginx.conf", "certificate.pem", "public.pem", "said"}
    assert nginx.said.read_text() == ""
