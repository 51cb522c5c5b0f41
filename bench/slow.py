"""Who still gets a page while hundreds of connections drip: half of them the head of a request, half the body of a
form, a byte a second each, opened anew when the server closes them.

Ours, one worker, no proxy in front; beside it a WSGI function on gunicorn's threads. About a minute.
"""

import contextlib
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench import load, pages, peers  # noqa: E402
from tests.site import Site  # noqa: E402

DRIPPING = 400
EACH_SECOND = 24  # readers, each on a connection of its own
SECONDS = 20
GOAL, PATIENCE = 1, 5  # seconds: what is soon enough, when a reader gives up
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = b"POST /callback/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BODY += b"Content-Length: 500\r\n\r\nphone="


class Drips:
    """So many connections, while in use. `opened`: how often one was opened, the first time too."""

    def __init__(self, port: int, count: int) -> None:
        self.port, self.count, self.opened = port, count, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)

    def __enter__(self) -> "Drips":
        self._open = [self._begin(number) for number in range(self.count)]
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        for each in filter(None, self._open):
            each.close()

    def _begin(self, number: int) -> socket.socket | None:
        """None where the server takes no more at the moment."""
        try:
            made = socket.create_connection(("127.0.0.1", self.port), timeout=GOAL)
            made.sendall(BODY if number % 2 else HEAD)
            made.setblocking(False)
        except OSError:
            return None
        self.opened += 1
        return made

    def _drip(self) -> None:
        while not self._over.wait(1):
            for number, each in enumerate(self._open):
                if each is None or not self._take(each):
                    self._open[number] = self._begin(number)

    def _take(self, dripping: socket.socket) -> bool:
        """One more byte; False where the server has closed it."""
        try:
            dripping.send(b"x")
            return dripping.recv(1000) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def readers(port: int, path: str, expected: bytes, seconds: float) -> list[float | None]:
    """Seconds until each had the whole page; None: not within PATIENCE."""

    def read(number: int) -> float | None:
        time.sleep(max(0.0, began + number / EACH_SECOND - time.monotonic()))
        asked = time.monotonic()
        with contextlib.suppress(OSError):
            answer = load.ask(port, path, PATIENCE)
            if (answer.status, answer.body) != (200, expected):
                raise AssertionError(f"A reader got something else: {answer.status}")
            return time.monotonic() - asked
        return None

    began = time.monotonic()
    with ThreadPoolExecutor(EACH_SECOND * PATIENCE) as pool:
        return list(pool.map(read, range(int(EACH_SECOND * seconds))))


def measure(folder: Path, site: Site, dripping: int, seconds: float) -> dict[str, tuple[list[float | None], int]]:
    """Way → its readers' waits, how often a dripping connection was opened."""
    spent, ours = {}, load.ask(site.port, pages.ADDRESS)
    site_itself = contextlib.nullcontext((site.web_pid, site.port, pages.ADDRESS))
    for what, way in (("this site", site_itself), ("gunicorn threads", peers.bare(folder, ours))):
        with way as (_, port, path), load.on_core(load.LOAD_CORE), Drips(port, dripping) as drips:
            time.sleep(min(2, seconds))
            spent[what] = readers(port, path, ours.body, seconds), drips.opened
    return spent


def main(folder: Path) -> None:
    print(load.circumstances(f"{DRIPPING} dripping connections.") + f" {SECONDS} s, {EACH_SECOND} readers a second.\n")
    load.heads("way", "readers", f"under {GOAL} s", f"not within {PATIENCE} s", "slowest, s", "drips opened")
    with pages.our_site(folder / "data") as site:
        spent = measure(folder, site, DRIPPING, SECONDS)
    for what, (waits, opened) in spent.items():
        had = [each for each in waits if each is not None]
        soon, slowest = sum(each < GOAL for each in had), max(had, default=float("nan"))
        print(f"| {what} | {len(waits)} | {soon} | {len(waits) - len(had)} | {slowest:.2f} | {opened} |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
