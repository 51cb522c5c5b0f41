"""Makes the finished responses of an edition: what Django answers there, in every coding.

Django is asked, so that no rule of the settings and of its middleware is written twice.
"""

import contextlib
import fcntl
import functools
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.urls import get_resolver, reverse

from reentry_site.pages import compression
from reentry_site.pages.compression import IDENTITY
from reentry_site.pages.drawing import Published

KEPT = settings.DATA_DIR / "compressed"
#: Among what a request came with: it is Django's to answer.
UNFINISHED = "reentry_site.unfinished"
#: Less than this is sent as it is: compressed it would hardly be smaller (bytes).
WORTH_IT = 500
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Ready to be sent: `headers` say how long the body is. To HEAD the same without its body (RFC 9110, 9.3.2)."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """One response, in each coding that it comes in. `tag`: what it is known by where a browser may keep it, or "".

    `source`: what it was made of. `is_small`: no body of it can be made smaller.
    """

    source: Answer
    answers: Mapping[str, Answer]
    tag: str
    is_small: bool


@dataclass(frozen=True)
class Table:
    """Everything that is finished for one edition. `others`: what is said where no address has anything, by status."""

    addresses: Mapping[str, Finished]
    others: Mapping[int, Finished]


def make(published: Published, before: Table | None) -> Table:
    """What was finished before from the same headers and body stands."""
    known = {each.source: each for each in _all(before)} if before else {}

    def finished(status: int, headers: Headers, body: bytes) -> Finished:
        source = Answer(status, headers, body)
        return known.get(source) or _in_codings(source, compression.quick, is_small=False)

    of_a_page = _headers_of(_of_django("/"))
    addresses = {path: finished(200, of_a_page, body) for path, body in published.finished.items()}
    for path, target in published.edition.forwards.items():
        addresses.setdefault(path, finished(301, (*of_a_page, ("Location", target)), b""))
    for name in settings.FINISHED_VIEWS:
        response = _of_django(path := reverse(name))
        addresses[path] = finished(response.status_code, _headers_of(response), response.content)
    errors = {status: get_resolver().resolve_error_handler(status) for status in (400, 404, 500)}
    others = {status: finished(status, of_a_page, view(None).content) for status, view in errors.items()}
    return Table(addresses, others)


def make_small(table: Table, is_wanted: Callable[[], bool]) -> Table | None:
    """The same with bodies as small as they get; None as soon as it is not wanted any more. Takes seconds.

    One process at a time does it: the next one finds on the disk what this one has made. Raises OSError.
    """
    KEPT.mkdir(exist_ok=True)
    with _alone(KEPT):
        small: dict[Answer, Finished] = {}
        for each in _all(table):
            if not is_wanted():
                return None
            small[each.source] = (
                each if each.is_small else _in_codings(each.source, compression.smallest, is_small=True)
            )
        _forget_all_but(small)
    addresses, others = (
        {key: small[each.source] for key, each in some.items()} for some in (table.addresses, table.others)
    )
    return Table(addresses, others)


def _all(table: Table) -> Iterator[Finished]:
    yield from table.addresses.values()
    yield from table.others.values()


@functools.cache
def _django() -> WSGIHandler:
    return WSGIHandler()


def _of_django(path: str) -> HttpResponse:
    """What it answers a reader there."""
    host, scheme = settings.ALLOWED_HOSTS[0].lstrip("."), "https" if settings.PUBLIC else "http"
    came_with = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": host,
        "SERVER_PORT": str(settings.PORT),
        "HTTP_HOST": host if settings.PUBLIC else f"{host}:{settings.PORT}",
        "HTTP_X_FORWARDED_PROTO": scheme,
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(),
        UNFINISHED: True,
    }
    return _django().get_response(WSGIRequest(came_with))


def _headers_of(response: HttpResponse) -> Headers:
    return tuple((name, value) for name, value in response.items() if name != "Content-Length")


def _in_codings(source: Answer, code: Callable[[bytes, Path], Mapping[str, bytes]], *, is_small: bool) -> Finished:
    """The same in each coding. Each knows that there are others (Vary), and is known by a tag of its own."""
    coded = code(source.body, KEPT) if len(source.body) >= WORTH_IT else {}
    tag = "" if "no-store" in dict(source.headers)["Cache-Control"] else hashlib.sha256(source.body).hexdigest()[:16]
    answers = {}
    for coding, body in ({IDENTITY: source.body} | coded).items():
        of_it = {"Content-Length": str(len(body))}
        if coded:
            of_it["Vary"] = "Accept-Encoding"
        if coding != IDENTITY:
            of_it["Content-Encoding"] = coding
        if tag:
            of_it["ETag"] = f'"{tag}-{coding}"'
        answers[coding] = Answer(source.status, (*source.headers, *of_it.items()), body)
    return Finished(source, answers, tag, is_small)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _forget_all_but(sources: Iterable[Answer]) -> None:
    wanted = {compression.file_of(each.body, name, KEPT) for each in sources for name in compression.CODINGS}
    for file in set(KEPT.iterdir()) - wanted:
        file.unlink(missing_ok=True)
