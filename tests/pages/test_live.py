"""An editor at work under a running server with two workers. Whatever is done to the folder, each worker goes from the
old page to the new one in one step: no reader sees an error, a half, a mix, or the old page again."""

import contextlib
import http.client
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from reentry_site import data_dir
from tests.pages.conftest import MARK, mark
from tests.site import PATIENCE, ROOT, Site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the workers are told apart by /proc")

BAD = "---\ntitle: Call: now\n---\nText.\n"
WORKERS = 2
AT = "/programs/trial/"
#: Long enough to be saved in pieces, and each paragraph says which version it is of.
LENGTH = 12
UNMARKED = "a page of the real content"


def text(mark: str, header: str = "") -> str:
    body = "\n\n".join(f"Paragraph of mark-{mark}." for _ in range(LENGTH))
    return f'---\ntitle: "mark-{mark}"\nkind: program\n{header}---\n{{{{ phone }}}} is the number.\n\n{body}\n'


class Answer(NamedTuple):
    """`version`: a page's one mark, or the status and where it leads; anything else is wrong."""

    path: str
    version: str
    worker: str
    page: str


class Reader(threading.Thread):
    """Reads some pages over and over, and holds each answer against the versions that may be live just then."""

    def __init__(self, port: int, live: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.port, self.done, self.turn = port, threading.Event(), threading.Condition()
        #: Address → the versions in their order; workers may still have the first of them, or already the last.
        self.may_be = {path: [version] for path, version in live.items()}
        self.last: dict[tuple[str, str], Answer] = {}
        self.wrong: list[tuple] = []

    def run(self) -> None:
        try:
            while not self.done.is_set():
                for path in self.may_be:
                    before = list(self.may_be[path])
                    answer = self.fetch(path)
                    with self.turn:
                        self._judge(answer, before, self.may_be[path])
                        self.turn.notify_all()
        except Exception as problem:  # no answer at all
            self.wrong.append(("", repr(problem)))

    def _judge(self, answer: Answer, *rightful: list[str]) -> None:
        """By what could be live when it was asked for and when it came; and no worker goes back."""
        versions = [version for each in rightful for version in each]
        was = self.last.get((answer.path, answer.worker))
        order = self.may_be[answer.path]
        back = was and was.version != answer.version and order == [answer.version, was.version]
        if answer.version not in versions or back:
            self.wrong.append((answer.path, answer.version, versions, was and was.version))
        self.last[answer.path, answer.worker] = answer

    def fetch(self, path: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            page, status = answer.read().decode(), answer.status
        if status == 301 and answer.getheader("Cache-Control") == "no-store":
            version = f"301 {answer.getheader('Location')}"
        else:
            version = version_of(page) if status == 200 else str(status)
        return Answer(path, version, answer.getheader("X-Worker"), page)

    @contextlib.contextmanager
    def change(self, versions: dict[str, str]) -> Iterator[None]:
        """What is done inside leads to these versions: address → version. Ends when every worker has all of them."""
        for path, version in versions.items():
            self.may_be[path] = [self.may_be[path][-1], version]
        yield
        with self.turn:

            def arrived() -> bool:
                has = [answer.path for answer in self.last.values() if answer.version == versions.get(answer.path)]
                return bool(self.wrong) or all(has.count(path) == WORKERS for path in versions)

            assert self.turn.wait_for(arrived, PATIENCE), {each[:3] for each in self.last.values()}
            assert not self.wrong
            for path, version in versions.items():
                self.may_be[path] = [version]

    def end(self) -> None:
        self.done.set()
        self.join(PATIENCE)
        assert not self.wrong


def version_of(page: str) -> str:
    """The one mark of a whole page; a half or a mix has a name that no version has."""
    marks = re.findall(r"mark-(\w+)", page)
    if not page.rstrip().endswith("</html>"):
        return "a half"
    if not marks:
        return UNMARKED
    return marks[0] if len(set(marks)) == 1 and len(marks) > LENGTH else f"a half or a mix: {marks}"


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = shutil.copytree(ROOT / "content", tmp_path / "content")
    (folder / "programs" / "trial.md").write_text(text("one"))
    return folder


@pytest.fixture
def clock(tmp_path) -> Path:
    return tmp_path / "clock"


@pytest.fixture
def live(set_up, folder, clock, tmp_path):
    settings = {"DJANGO_SETTINGS_MODULE": "tests.live_settings", "PAGES_CLOCK": clock}
    site = Site(shutil.copytree(set_up, tmp_path / "data"), CONTENT_DIR=folder, WEB_WORKERS=WORKERS, **settings)
    yield site
    site.end()


@pytest.fixture
def read(live) -> Iterator[Callable[[dict[str, str]], Reader]]:
    """Starts a reader of pages with the versions that are live: address → version."""
    readers = []

    def read(versions: dict[str, str]) -> Reader:
        readers.append(Reader(live.port, versions))
        readers[-1].start()
        with readers[-1].change(versions):
            pass
        return readers[-1]

    yield read
    for reader in readers:
        reader.end()


def test_edits_breaks_deletions_and_restores_show_the_old_page_or_the_new(read, folder):
    file = folder / "programs" / "trial.md"
    reader = read({AT: "one", "/programs/other/": "404"})
    with reader.change({AT: "two"}):
        file.write_text(text("two"))
    with reader.change({"/programs/other/": "other"}):  # the broken page keeps its last good version meanwhile
        file.write_text(BAD)
        (folder / "programs" / "other.md").write_text(text("other"))
    with reader.change({AT: "404"}):
        file.unlink()
    with reader.change({AT: "two"}):
        file.write_text(text("two"))


def test_a_renamed_page_sends_readers_on_from_both_workers_and_back(read, folder):
    file, other = folder / "programs" / "trial.md", folder / "programs" / "other.md"
    reader = read({AT: "one", "/programs/other/": "404", "/old/": "404"})
    with reader.change({AT: "301 /programs/other/", "/programs/other/": "one"}):
        file.rename(other)
    with reader.change({"/old/": "301 /programs/other/", "/programs/other/": "two"}):
        other.write_text(text("two", "aliases: [/old/]\n"))
    with reader.change({AT: "two", "/programs/other/": "301 /programs/trial/", "/old/": "301 /programs/trial/"}):
        other.rename(file)


def test_pages_begin_and_end_by_the_clock(read, folder, clock):
    """The clinic's clock is five hours behind in winter."""
    clock.write_text("2026-01-31T13:59:59+00:00")
    times = "publish_at: 2026-01-31 09:00\nexpires_at: 2026-01-31 10:30\nforward_to: /faq/#insurance\n"
    reader = read({AT: "one", "/programs/winter/": "404"})
    with reader.change({AT: "two"}):  # saved after it: who has this one has read the other
        (folder / "programs" / "winter.md").write_text(text("winter", times))
        (folder / "programs" / "trial.md").write_text(text("two"))
    for moment, version in {"14:00:00": "winter", "15:30:00": "301 /faq/#insurance"}.items():
        with reader.change({"/programs/winter/": version}):
            data_dir.write(clock, f"2026-01-31T{moment}+00:00".encode())


def in_pieces(file: Path, new: str) -> None:
    """As a slow program or network folder does it, over several looks of the site."""
    pause = threading.Event()
    with file.open("w", encoding="utf-8") as saved:
        for place in range(0, len(new), 3):
            saved.write(new[place : place + 3])
            saved.flush()
            pause.wait(0.01)


def by_rename(file: Path, new: str) -> None:
    file.with_name("trial.md.part").write_text(new)
    file.with_name("trial.md.part").replace(file)


def with_crlf_and_bom(file: Path, new: str) -> None:
    file.write_bytes(("\ufeff" + new.replace("\n", "\r\n")).encode())


def by_delete_and_write(file: Path, new: str) -> None:
    file.unlink()
    file.write_text(new)


def in_a_whole_new_folder(file: Path, new: str) -> None:
    folder = file.parent.parent
    made = shutil.copytree(folder, folder.with_name("new"))
    (made / "programs" / file.name).write_text(new)
    folder.rename(folder.with_name("away"))
    made.rename(folder)


@pytest.mark.parametrize("save", [in_pieces, by_rename, with_crlf_and_bom, by_delete_and_write, in_a_whole_new_folder])
def test_however_a_page_is_saved_it_goes_live_whole(read, folder, save):
    reader = read({AT: "one", "/programs/new-group/": UNMARKED})  # a neighbour that stays as it is
    with reader.change({AT: "two"}):
        save(folder / "programs" / "trial.md", text("two"))


def test_broken_facts_leave_every_page_as_it_was_and_mended_ones_go_into_all(read, live, folder):
    facts, file = folder / "facts.yaml", folder / "programs" / "trial.md"
    good = facts.read_text()
    reader = read({AT: "one"})
    with reader.change({AT: "two"}):
        facts.write_text("name: [\n")
        file.write_text(text("two"))
    assert "(216) 480-4860" in reader.fetch(AT).page
    with reader.change({AT: "three"}):
        facts.write_text(good.replace("480-4860", "555-0143"))
        file.write_text(text("three"))
    assert all("(216) 555-0143" in answer.page and "480-4860" not in answer.page for answer in reader.last.values())


def test_a_broken_page_has_its_last_good_version_after_a_restart(read, live, folder):
    file = folder / "programs" / "trial.md"
    reader = read({AT: "one"})
    with reader.change({AT: "two"}):
        file.write_text(text("two"))
    reader.end()
    file.write_text(BAD)
    live.end()
    again = Site(live.data_dir, CONTENT_DIR=folder)
    try:
        status, page = again.get(AT)
        assert (status, version_of(page.decode())) == (200, "two")
    finally:
        again.end()


def test_a_restart_shows_what_was_kept_without_building_it(live, folder):
    live.end()
    mark(live.data_dir / "last-good")
    again = Site(live.data_dir, CONTENT_DIR=folder)
    try:
        assert all(MARK in again.get("/privacy/")[1] for _ in range(8))  # of whichever worker
    finally:
        again.end()
