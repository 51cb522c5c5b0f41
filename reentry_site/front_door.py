"""What gunicorn serves: finished pages from the event loop; anything else is read whole, then Django is called whole.

So nobody waits behind who sends slowly or reads slowly: a thread is taken only for as long as Django works.
"""

import asyncio
import contextlib
import io
import logging
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from django.conf import settings

from reentry_site.pages import delivery, publishing
from reentry_site.pages.delivery import Answer
from reentry_site.wsgi import application as django

log = logging.getLogger(__name__)

#: For the body of a request, and for each piece of an answer (seconds): what takes longer is no client of ours.
PATIENCE = 30
#: An answer up to this lies in memory, a longer one in DATA_DIR until it is sent (bytes).
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024
#: More than so many bytes of a request are not read: no page asks for as much. Editors have whole pages checked.
LONGEST, LONGEST_OF_STAFF = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 1024 * 1024


async def application(scope: dict, receive, send) -> None:
    """ASGI 3. What goes wrong here is logged by its class and place alone: gunicorn would print its words."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        headers = _headers(scope)
        try:
            if found := _refused(headers) or delivery.answer(scope["method"], scope["path"], headers):
                await _send(send, found, scope["method"])
            else:
                await _ask_django(scope, headers, receive, send)
        except TimeoutError:  # their connection is closed
            return
        except Exception:
            log.exception("a request was not answered")
            await _send(send, delivery.error(500), scope["method"])


async def _live(receive, send) -> None:
    """Before the first reader comes the pages are published and finished: threads do not live through a fork."""
    while True:
        if (await receive())["type"] == "lifespan.startup":
            with contextlib.suppress(Exception):  # a later look may find good pages
                publishing.current()
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


def _headers(scope: dict) -> dict[str, str]:
    """By name in small letters; several of one name as one (RFC 9110, 5.3; cookies: RFC 6265, 5.4)."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        name, value = name.decode("latin-1"), value.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ','}{value}"
        headers[name] = value
    return headers


def _refused(headers: dict[str, str]) -> Answer | None:
    """What gunicorn lets pass and must not be: no host (RFC 9112, 3.2), a body in a coding that nobody undoes (6.1)."""
    if headers.get("host") and headers.get("transfer-encoding", "chunked").lower() == "chunked":
        return None
    return delivery.error(400)


async def _send(send, answer: Answer, method: str) -> None:
    async with asyncio.timeout(PATIENCE):
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


# Django -------------------------------------------------------------------------------------------------------


async def _ask_django(scope: dict, headers: dict[str, str], receive, send) -> None:
    of_staff = scope["path"].startswith(settings.STAFF_SIDE)
    body = await _whole_body(headers, receive, LONGEST_OF_STAFF if of_staff else LONGEST)
    if body is None:
        return
    asked = _as_wsgi(scope, headers, body)
    status, its_headers, sent = await asyncio.get_running_loop().run_in_executor(_threads, _call, asked)
    with sent:
        await send({"type": "http.response.start", "status": status, "headers": its_headers})
        more = True
        while more:
            piece = sent.read(PIECE)
            more = len(piece) == PIECE
            async with asyncio.timeout(PATIENCE):
                await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _whole_body(headers: dict[str, str], receive, longest: int) -> bytes | None:
    """None where the client left before its end. What is too long is not read: Django refuses it by its length."""
    length, body = headers.get("content-length", "0"), bytearray()
    async with asyncio.timeout(PATIENCE):
        while int(length) <= longest:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body"):
                headers["content-length"] = str(len(body))
                return bytes(body)
            length = max(int(length), len(body))
    headers["content-length"] = str(length)
    return b""


def _as_wsgi(scope: dict, headers: dict[str, str], body: bytes) -> dict:
    """What Django is given (PEP 3333)."""
    asked = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    asked.pop("HTTP_TRANSFER_ENCODING", None)
    return asked | {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_TYPE": asked.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": asked.pop("HTTP_CONTENT_LENGTH"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _call(asked: dict) -> tuple[int, list[tuple[bytes, bytes]], IO[bytes]]:
    """Django's whole answer, at its beginning."""
    began: list = []
    sent = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR)  # noqa: SIM115 (closed by who sends it)
    try:
        with contextlib.closing(django(asked, lambda *given: began.extend(given))) as answer:
            if asked["REQUEST_METHOD"] != "HEAD":
                sent.writelines(answer)
    except BaseException:
        sent.close()
        raise
    sent.seek(0)
    status, headers = began[:2]
    return int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], sent


_threads = ThreadPoolExecutor(settings.WEB_THREADS, "django")
