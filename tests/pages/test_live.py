"""An editor at work under a running server with two workers: readers see the old page or the new, never an error."""

import shutil
import threading
import urllib.error
import urllib.request

import pytest

from tests.pages.conftest import MARK, mark
from tests.site import PATIENCE, ROOT, Site

BAD = "---\ntitle: Call: now\n---\nText.\n"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(ROOT / "content", tmp_path / "content")


@pytest.fixture
def live(set_up, folder, tmp_path):
    site = Site(shutil.copytree(set_up, tmp_path / "data"), CONTENT_DIR=folder)
    yield site
    site.end()


class Reader(threading.Thread):
    """Reads two pages over and over and remembers each (status, words) it saw, until it is told to stop."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.saw, self.done, self.turn = url, [], threading.Event(), threading.Condition()

    def run(self) -> None:
        while not self.done.is_set():
            for path in ("/privacy/", "/programs/new-group/"):
                answer = fetch(self.url + path)
                with self.turn:
                    self.saw.append((path, *answer))
                    self.turn.notify_all()

    def wait_for(self, path: str, is_it) -> None:
        """Until the page has looked like this eight times in a row: with two workers, both have it."""

        def steady() -> bool:
            last = [(status, page) for at, status, page in self.saw if at == path][-8:]
            return len(last) == 8 and all(is_it(status, page) for status, page in last)

        with self.turn:
            start, self.saw[:] = list(self.saw), []
            assert self.turn.wait_for(steady, PATIENCE), self.saw[-4:]
            self.saw[:0] = start


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_edits_breaks_and_deletions_never_show_a_reader_an_error(live, folder):
    privacy, group = folder / "privacy.md", folder / "programs" / "new-group.md"
    good = privacy.read_text()
    reader = Reader(live.url)
    reader.start()

    privacy.write_text(good.replace("# What your request holds", "# What it holds, in new words"))
    reader.wait_for("/privacy/", lambda status, page: "in new words" in page)
    privacy.write_text(BAD)
    group.rename(folder / "away")
    reader.wait_for("/programs/new-group/", lambda status, page: status == 404)
    assert "in new words" in fetch(live.url + "/privacy/")[1]  # the broken page keeps its last good version
    (folder / "away").rename(group)
    privacy.write_text(good)
    reader.wait_for("/programs/new-group/", lambda status, page: status == 200)
    reader.wait_for("/privacy/", lambda status, page: "in new words" not in page)

    reader.done.set()
    reader.join(PATIENCE)
    statuses = {(path, status) for path, status, _ in reader.saw}
    assert statuses == {("/privacy/", 200), ("/programs/new-group/", 200), ("/programs/new-group/", 404)}
    assert all(page.rstrip().endswith("</html>") for _, _, page in reader.saw)


def test_a_restart_shows_what_was_kept_without_building_it(live, folder):
    live.end()
    mark(live.data_dir / "last-good")
    again = Site(live.data_dir, CONTENT_DIR=folder)
    try:
        assert all(MARK.decode() in fetch(again.url + "/privacy/")[1] for _ in range(8))  # of whichever worker
    finally:
        again.end()


def test_a_broken_page_has_its_last_good_version_after_a_restart(live, folder):
    privacy = folder / "privacy.md"
    reader = Reader(live.url)
    reader.start()
    privacy.write_text(privacy.read_text().replace("# What your request holds", "# What it holds, in new words"))
    reader.wait_for("/privacy/", lambda status, page: "in new words" in page)
    reader.done.set()
    reader.join(PATIENCE)
    privacy.write_text(BAD)
    live.end()
    again = Site(live.data_dir, CONTENT_DIR=folder)
    try:
        assert "in new words" in fetch(again.url + "/privacy/")[1]
    finally:
        again.end()
