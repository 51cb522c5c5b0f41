"""Why a person looks at a request before it is called. Nothing here refuses or drops anything.

What is remembered stays in this process's memory, as keyed hashes, and ends with it.
"""

import collections
import ipaddress
import re
import threading
import time

from django.conf import settings
from django.http import HttpRequest

from intake import vault
from intake.submission import Submission
from intake.words import Look

MANY_FROM_ONE_NETWORK = 10
WITHIN_SECONDS = 10 * 60
#: So many networks and notes are remembered, the latest ones: memory stays small under a flood.
REMEMBERED = 10_000
SHORTEST_NOTE = 20  # letters; many people write "please call"

_LINK = re.compile(r"https?://|www\.|\[url|<a\s|\b[\w-]+\.(?:com|net|org|info|ru|xyz|top)\b", re.IGNORECASE)
_turn = threading.Lock()
_posts: collections.OrderedDict[bytes, collections.deque[float]] = collections.OrderedDict()
_notes: collections.OrderedDict[bytes, bytes] = collections.OrderedDict()


def reasons(submission: Submission, request: HttpRequest, *, trapped: bool) -> tuple[str, ...]:
    """What speaks for a look."""
    found = {
        Look.TRAP: trapped,
        Look.LINKS: bool(_LINK.search(f"{submission.name} {submission.note}")),
        Look.REPEATED: _came_from_another_number(submission),
        Look.NETWORK: _is_one_of_many(request),
    }
    return tuple(reason for reason, applies in found.items() if applies)


def forget() -> None:
    """All that is remembered."""
    _posts.clear()
    _notes.clear()


def _came_from_another_number(submission: Submission) -> bool:
    if len(submission.note) < SHORTEST_NOTE:
        return False
    note = vault.derived("note", submission.note.casefold().encode())
    number = vault.derived("number of a note", submission.phone.encode())
    return _remember(_notes, note, number) != number


def _is_one_of_many(request: HttpRequest) -> bool:
    network = network_of(request)
    if network is None:
        return False
    key = vault.derived("network", network.encode())
    posts = _remember(_posts, key, collections.deque(maxlen=MANY_FROM_ONE_NETWORK))
    now = time.monotonic()
    posts.append(now)
    return len(posts) == MANY_FROM_ONE_NETWORK and posts[0] > now - WITHIN_SECONDS


def _remember(memory: collections.OrderedDict, key: bytes, value):
    """What is remembered under the key, else the value from now on."""
    with _turn:
        kept = memory.setdefault(key, value)
        memory.move_to_end(key)
        while len(memory) > REMEMBERED:
            memory.popitem(last=False)
    return kept


def network_of(request: HttpRequest) -> str | None:
    """The /24 (IPv4) or /64 (IPv6) that a post came from; None where only the proxy's own address is known."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        passed = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
        address = passed[-settings.TRUSTED_PROXIES] if len(passed) >= settings.TRUSTED_PROXIES else ""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return None
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))
