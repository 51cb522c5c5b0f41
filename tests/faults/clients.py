"""People who press "Please call me", each with a number and words of their own. Who gets no clear answer presses again.

Nothing is sent to any address but 127.0.0.1, and nobody presses for ever.
"""

import collections
import http.client
import queue
import random
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

#: With 555-01xx, which is set aside for made-up numbers, each of these gives a hundred people.
AREA_CODES = (
    *(205, 206, 210, 212, 213, 214, 215, 216, 234, 303, 305, 310, 312, 313, 314),
    *(330, 404, 412, 415, 419, 440, 502, 503, 504, 512, 513, 602, 614, 617, 702),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"  # digits could look like a number that is taken out of notes
PATIENCE = 20  # seconds that a person waits for an answer
MOST_TRIES = 200
PAUSE = 0.2  # seconds until a person presses again
PRESS_TWICE = 10  # each tenth person taps twice


@dataclass
class Person:
    phone: str
    name: str
    note: str
    thanked: list[str] = field(default_factory=list)  # the tokens of their thank-you pages

    def words(self) -> dict[str, str]:
        return {"phone": self.phone, "name": self.name, "note": self.note, "text_ok": "on"}


def people(count: int) -> list[Person]:
    made = []
    for number in range(count):
        area, last = AREA_CODES[number // 100], number % 100
        note = "".join(random.choices(LETTERS, k=20))  # noqa: S311 (no secret)
        made.append(Person(f"{area}55501{last:02}", f"Client {number}", note))
    return made


class Crowd:
    """So many threads press for all the people, one after the other; `wait_for` tells how far they are."""

    def __init__(self, site, everyone: list[Person], threads: int = 16, twice: bool = True):
        self.site = site  # another one, after a restart
        self.people = everyone
        self.counts = collections.Counter()
        self.times: list[float] = []  # seconds until each answer
        self._twice = twice
        self._todo = queue.SimpleQueue()
        self._news = threading.Condition()
        self._over = threading.Event()
        for person in everyone:
            self._todo.put(person)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        if error[0]:
            self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, what: str, more: int) -> None:
        """Until so many more presses ended this way, or nobody is left to press."""
        with self._news:
            goal = self.counts[what] + more
            self._news.wait_for(lambda: self.counts[what] >= goal or not self._is_busy())

    def _is_busy(self) -> bool:
        return self.counts["served"] < len(self.people) and not self._over.is_set()

    def _count(self, what: str) -> None:
        with self._news:
            self.counts[what] += 1
            self._news.notify_all()

    def _work(self) -> None:
        while not self._over.is_set():
            try:
                person = self._todo.get_nowait()
            except queue.Empty:
                return
            self._serve(person)
            if self._twice and int(person.phone[-2:]) % PRESS_TWICE == 0:
                self._press(person)
            self._count("served")

    def _serve(self, person: Person) -> None:
        for _ in range(MOST_TRIES):
            if self._press(person) or self._over.wait(PAUSE):
                return
        self._count("gave up")

    def _press(self, person: Person) -> bool:
        """Whether a thank-you came."""
        began = time.monotonic()
        try:
            status, place, page = self._post(person)
        except (OSError, http.client.HTTPException):
            self._count("dropped")
            return False
        self.times.append(time.monotonic() - began)
        if status == 303:
            person.thanked.append(place.split("/")[-2])
            self._count("confirmed")
        elif status == 503:
            self._count("refused" if person.note in page and person.phone in page else "forgot")
        else:
            self._count("odd")
        return status == 303

    def _post(self, person: Person) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=PATIENCE)
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/callback/", urllib.parse.urlencode(person.words()), form)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()


def send_half(port: int, person: Person) -> None:
    """A phone that loses its network in the middle of the form."""
    body = urllib.parse.urlencode(person.words()).encode()
    header = f"POST /callback/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall((header + form).encode() + body[: body.index(b"&text_ok")])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(100)
