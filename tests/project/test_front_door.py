"""What gunicorn serves, as an HTTP server: raw requests to a real site, who sends or reads slowly, and who leaves."""

import contextlib
import os
import re
import shutil
import signal
import socket
import sys
import threading

import pytest

from tests.site import PATIENCE, Site, children, wait_for

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def live(set_up, tmp_path_factory):
    """With one thread for Django, so that whoever holds it is noticed."""
    data = shutil.copytree(set_up, tmp_path_factory.mktemp("front-door") / "data")
    site = Site(data, WEB_WORKERS=1, WEB_THREADS=1)
    yield site
    site.end()


@contextlib.contextmanager
def opened(site: Site, sent: str | bytes = b""):
    with socket.create_connection(("127.0.0.1", site.port), PATIENCE) as client:
        client.sendall(sent.encode("latin-1") if isinstance(sent, str) else sent)
        yield client


def all_of(client: socket.socket) -> bytes:
    """Everything until the other side closes."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def say(site: Site, sent: str | bytes) -> bytes:
    with opened(site, sent) as client:
        return all_of(client)


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"^HTTP/1\.1 (\d+)", answer, re.MULTILINE)]


def get(path: str = "/", more: str = "", method: str = "GET", host: str = "Host: localhost\r\n") -> str:
    return f"{method} {path} HTTP/1.1\r\n{host}{more}\r\n"


def post(body: str, more: str = "", path: str = "/callback/") -> str:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{FORM}{more}\r\n{body}"


CLOSE = "Connection: close\r\n"
PHONE = "phone=216+555+0143"
LENGTH = f"Content-Length: {len(PHONE)}\r\n"


# What it takes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/healthz", "/callback/"])
def test_several_requests_on_one_connection_are_answered_in_their_order(live, path):
    answer = say(live, get(path) + get("/nowhere/") + get("/robots.txt", CLOSE))
    assert statuses(answer) == [200, 404, 200]


def test_a_post_and_what_follows_it_on_the_connection_are_two_requests(live):
    answer = say(live, post(PHONE, LENGTH) + get("/nowhere/", CLOSE))
    assert statuses(answer) == [303, 404]


@pytest.mark.parametrize("path", ["/", "/healthz", "/callback/", "/account/sign-in/", "/nowhere/"])
def test_head_is_answered_without_a_body_and_with_its_length(live, path):
    got, head = say(live, get(path, CLOSE)), say(live, get(path, CLOSE, "HEAD"))
    headers, _, body = got.partition(b"\r\n\r\n")
    assert head.endswith(b"\r\n\r\n") and head.count(b"\r\n\r\n") == 1
    length = re.search(rb"Content-Length: (\d+)", head, re.IGNORECASE)
    assert length is None or int(length[1]) == len(body)
    assert statuses(head) == statuses(got)


def test_a_chunked_form_is_taken(live):
    chunks = f"{len(PHONE):x}\r\n{PHONE}\r\n0\r\n\r\n"
    answer = say(live, post(chunks, f"Transfer-Encoding: chunked\r\n{CLOSE}"))
    assert statuses(answer) == [303]


def test_who_waits_to_be_asked_for_the_body_is_asked(live):
    with opened(live, post("", f"{LENGTH}Expect: 100-continue\r\n{CLOSE}")) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(PHONE.encode())
        assert statuses(all_of(client)) == [303]


def test_an_old_client_is_answered(live):
    assert b" 200 OK" in say(live, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")


# What it refuses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        get(host="Host: a\r\nHost: localhost\r\n"),
        get(more="Host : localhost\r\n"),
        post(PHONE, f"{LENGTH}Transfer-Encoding: chunked\r\n"),
        post(PHONE, f"{LENGTH}Transfer-Encoding: identity\r\n"),
        post(PHONE, "Transfer-Encoding: gzip, chunked\r\n"),
        post(PHONE, "Transfer-Encoding: chunked, identity\r\n"),
        post(PHONE, "Transfer-Encoding: xchunked\r\n"),
        post(PHONE, f"{LENGTH}Content-Length: 4\r\n"),
        post(PHONE, "Content-Length: +18\r\n"),
        post(PHONE, "Content-Length: 1 8\r\n"),
        post("zz\r\nno number\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"),
        get(more="X: a\0b\r\n"),
        get(more="X: a\r\n folded\r\n"),
        get(method="get"),
        get("/\xff"),
        "GET / HTTP/1.1\nHost: localhost\n\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        get("/" + "a" * 5000),
        get(more="".join(f"X-{number}: 1\r\n" for number in range(100))),
        get(more=f"X: {'a' * 9000}\r\n"),
    ],
)
def test_what_is_malformed_is_refused_once_and_nothing_after_it_is_read(live, sent):
    answer = say(live, sent + get("/robots.txt", CLOSE))
    assert len(statuses(answer)) == 1
    assert statuses(answer)[0] in {400, 414, 431, 501}
    assert b"Sitemap" not in answer


@pytest.mark.parametrize(
    "sent",
    [
        get(host=""),
        get(host="Host:\r\n"),
        get(host="Host: elsewhere.example\r\n"),
    ],
)
def test_what_gunicorn_lets_pass_is_refused_with_the_crisis_numbers_and_the_headers(live, sent):
    answer = say(live, sent.replace("HTTP/1.1\r\n", f"HTTP/1.1\r\n{CLOSE}"))
    assert statuses(answer) == [400]
    assert b"tel:988" in answer and b"Content-Security-Policy" in answer


@pytest.mark.parametrize("length", ["Content-Length: 999999999\r\n", "Content-Length: 70000\r\n"])
def test_a_body_that_is_too_long_is_refused_before_it_is_read(live, length):
    answer = say(live, post("", f"{length}Expect: 100-continue\r\n"))
    assert statuses(answer) == [413]
    assert b"tel:988" in answer


def test_a_chunked_body_without_an_end_is_refused_at_the_same_length(live):
    chunk = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
    with opened(live, post("", "Transfer-Encoding: chunked\r\n")) as client:
        with contextlib.suppress(ConnectionError):  # it may close while we still send
            for _ in range(10):
                client.sendall(chunk)
        with contextlib.suppress(ConnectionError):
            assert statuses(all_of(client)) in ([413], [])
    assert live.get("/healthz") == (200, b"ok\n")


@pytest.mark.parametrize("name", ["X_Forwarded_Proto: https", "X-Forwarded-Proto: https", "Forwarded: proto=https"])
def test_nobody_says_that_they_came_by_tls(live, name):
    answer = say(live, get("/account/sign-in/", f"{name}\r\n{CLOSE}"))
    assert statuses(answer) == [200]
    assert b"Secure" not in answer.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("path", ["/%2e%2e/%2e%2e/etc/passwd/", "/..%2f..%2fetc/", "/%00/", "//etc/", "/static/../x/"])
def test_odd_addresses_are_looked_up_and_never_joined(live, path):
    assert statuses(say(live, get(path, CLOSE)))[0] in {301, 302, 404}


def test_there_is_no_websocket(live):
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    key = f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n"
    with opened(live, get("/", upgrade + key)) as client:
        assert statuses(client.recv(65536)) == [403]


# Slow and gone ------------------------------------------------------------------------------------------------


def test_who_sends_or_reads_slowly_holds_up_nobody(live):
    """The only thread is free: half a head, half a form, and a page that is not read."""
    with contextlib.ExitStack() as held:
        for _ in range(50):
            held.enter_context(opened(live, get()[:20]))
            held.enter_context(opened(live, post("phone=", LENGTH)))
            held.enter_context(opened(live, get("/account/sign-in/") * 30))
        assert live.get("/healthz") == (200, b"ok\n")
        assert live.get("/")[0] == 200


def test_half_a_head_is_closed_after_a_while(live):
    with opened(live, get()[:20]) as client:
        assert all_of(client) == b""


def test_who_leaves_in_the_middle_leaves_nothing_open(live):
    for sent in (get()[:9], post("phone=", LENGTH), get("/healthz"), get("/")):
        for _ in range(20):
            with opened(live, sent):
                pass
    assert live.get("/healthz") == (200, b"ok\n")
    assert "Traceback" not in live.output()


@linux
def test_a_site_that_is_ended_answers_what_it_has_begun(set_up, tmp_path):
    site = Site(shutil.copytree(set_up, tmp_path / "data"))
    with opened(site, post("phone=", f"{LENGTH}{CLOSE}")) as client:
        assert site.get("/healthz") == (200, b"ok\n")
        ending = threading.Thread(target=site.end)
        ending.start()
        client.sendall(PHONE[6:].encode())
        answer = all_of(client)
        ending.join()
    assert statuses(answer) == [303]


@linux
def test_a_worker_that_is_killed_is_replaced(set_up, tmp_path):
    site = Site(shutil.copytree(set_up, tmp_path / "data"), WEB_WORKERS=1)
    try:
        (worker,) = children(site.web_pid)
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: set(children(site.web_pid)) - {worker}, what="no new worker")

        def answers() -> bool:
            with contextlib.suppress(OSError):
                return site.get("/")[0] == 200

        wait_for(answers, what="the new worker does not answer")
    finally:
        site.end()
