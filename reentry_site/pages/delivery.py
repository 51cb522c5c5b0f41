"""Answers with what is finished: status, headers and bytes, made once for an edition. Nothing is read, drawn or queried
for a reader.

Whatever serves the site asks `answer` before it asks Django, so that the bytes are the same by every way.
"""

import functools
import logging
import threading
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve

from reentry_site.pages import compression, finishing
from reentry_site.pages.compression import IDENTITY
from reentry_site.pages.drawing import Published
from reentry_site.pages.finishing import UNFINISHED, Answer, Table

log = logging.getLogger(__name__)

#: What an answer without a body leaves out (304: RFC 9110, 15.4.5).
OF_A_BODY = {"Content-Type", "Content-Length", "Content-Encoding"}

_table: Table | None = None
_turn = threading.Lock()


def put_in_place(published: Published) -> None:
    """From now on this edition is answered. The smallest bytes follow. Where it fails, the last one stays."""
    global _table
    with _turn:
        try:
            made = finishing.make(published, _table)
        except Exception:
            log.exception("the finished responses could not be made")
            return
        _table = made
    threading.Thread(target=_make_small, args=[made], name="compressing", daemon=True).start()


def _make_small(table: Table) -> None:
    global _table
    try:
        small = finishing.make_small(table, lambda: _table is table)
    except OSError:  # a full disk: the quick ones do
        log.exception("the smallest bytes could not be kept")
        return
    with _turn:
        if small and _table is table:
            _table = small


def answer(method: str, path: str, headers: Mapping[str, str]) -> Answer | None:
    """What is sent for this request, or None where Django has to answer it.

    `path`: decoded, without the query, which changes no finished page. `headers`: found by names in small letters.
    """
    if (table := _table) is None or method not in ("GET", "HEAD") or not _is_for_all(headers):
        return None
    finished = table.addresses.get(path)
    if finished is None:
        if not _is_nowhere(path):
            return None
        finished = table.others[404]
    given = finished.answers.get(compression.chosen(headers.get("accept-encoding", ""))) or finished.answers[IDENTITY]
    if finished.tag and f'"{finished.tag}-' in headers.get("if-none-match", ""):
        return Answer(304, tuple(each for each in given.headers if each[0] not in OF_A_BODY), b"")
    return given


def error(status: int) -> Answer:
    """What is said where a request is not even asked of Django; empty where nothing was put in place yet."""
    return _table.others[status].answers[IDENTITY] if _table else Answer(status, (("Content-Length", "0"),), b"")


def _is_for_all(headers: Mapping[str, str]) -> bool:
    """It comes as readers come: to a host of ours, by TLS where the site is public, and not just after leaving."""
    if settings.LEAVE_COOKIE_NAME in headers.get("cookie", ""):
        return False
    if settings.SECURE_SSL_REDIRECT and headers.get("x-forwarded-proto") != "https":
        return False
    return _is_ours(headers.get("host", ""), tuple(settings.ALLOWED_HOSTS))


@functools.lru_cache(256)
def _is_ours(host: str, ours: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, ours)


def _is_nowhere(path: str) -> bool:
    """No page, and nobody else's address."""
    if path.startswith(settings.STAFF_SIDE):
        return False
    try:
        return resolve(path).view_name == "pages:show"
    except Resolver404:
        return False  # Django may know it with a slash behind it


class FinishedPages:
    """For every way that leads through Django: gunicorn's threads, another WSGI host, the test client."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        headers = {"host": request.META["SERVER_NAME"]} | {
            name.lower(): value for name, value in request.headers.items()
        }
        found = None if request.META.get(UNFINISHED) else answer(request.method, request.path_info, headers)
        if found is None:
            return self.get_response(request)
        response = HttpResponse(b"" if request.method == "HEAD" else found.body, status=found.status)
        del response.headers["Content-Type"]  # a 304 has none
        for name, value in found.headers:
            response.headers[name] = value
        return response
