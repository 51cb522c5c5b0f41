"""How long publishing takes with many pages: from nothing, at a restart, after one edit, and looking in vain.

Made-up pages in a folder of their own; nothing of the site's is read or written. About three minutes.
"""

import multiprocessing
import os
import platform
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Pages → rounds of the starts, rounds of the edits.
SIZES = {1_000: (5, 9), 10_000: (2, 5)}
PER_TOPIC = 50
EDITED = PER_TOPIC + 5  # topic 1, page 5
PATIENCE = 120  # seconds
WORDS = (
    "you can come back after days or months and we make a plan with you that fits what you face now the first call is "
    "short and nobody asks why you left most people find it easier the next time what you learned is still yours"
)

Spent = tuple[float, float]  # CPU, wall (seconds)


def write_pages(folder: Path, count: int) -> None:
    """The site's own pages, and made-up ones in topics of fifty until there are `count`."""
    shutil.copytree(ROOT / "content", folder)
    (folder / "README.md").unlink()
    for number in range(count - len(list(folder.rglob("*.md")))):
        path = folder / file_of(number)
        path.parent.mkdir(exist_ok=True)
        path.write_text(page_text(number), encoding="utf-8")


def file_of(number: int) -> str:
    topic, place = divmod(number, PER_TOPIC)
    return f"topic-{topic}/page-{place}.md" if place else f"topic-{topic}.md"


def page_text(number: int) -> str:
    """1 to 2 KB: a header, four sections, each with a list, a fact and a link."""
    neighbour = "/" + file_of(max(number - 1, 0)).removesuffix(".md") + "/"
    links = [f"[one more page]({neighbour})", "[questions](/faq/#insurance)", "[your privacy](/privacy/)"]
    sections = [
        f"## Part {part} of it {{#part-{part}}}\n\n{prose(number + part)} See {links[part % 3]}.\n\n"
        f"- {prose(number + 7 * part, 9)}\n- **Call** {{{{ phone }}}}.\n"
        for part in range(1, 5)
    ]
    topic, place = divmod(number, PER_TOPIC)
    title = f"Topic {topic}, page {place}"
    header = f'title: "{title}"\nkind: program\norder: {place % 9}\nsummary: "{prose(number, 8)}"\n'
    return f"---\n{header}---\n{prose(number, 20)}\n\n" + "\n".join(sections)


def prose(seed: int, words: int = 40) -> str:
    """Plain sentences of ten words, others for each seed."""
    known = WORDS.split()
    picked = [known[(seed * 31 + place * (seed % 5 + 1)) % len(known)] for place in range(words)]
    sentences = [" ".join(picked[start : start + 10]) for start in range(0, words, 10)]
    return " ".join(f"{each.capitalize()}." for each in sentences)


# Measuring --------------------------------------------------------------------------------------------------


def set_up(data: Path) -> None:
    os.environ |= {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "reentry_site.settings"}
    sys.path[:0] = [str(ROOT)]
    import django

    from reentry_site import data_dir

    data_dir.prepare(data)
    django.setup()


def in_new_process(function: Callable, *arguments: object) -> object:
    """Whatever a process keeps for later, like templates that were read, is not there yet."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def timed(work: Callable) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def collect(data: Path) -> None:
    set_up(data)
    from reentry_site import collected_static

    collected_static.refresh()


def start(data: Path, folder: Path, kept: Path) -> Spent:
    set_up(data)
    from reentry_site.pages.publishing import Publisher

    return timed(Publisher(folder, kept).current)


def edits(data: Path, folder: Path, kept: Path, rounds: int) -> dict[str, list[Spent]]:
    """One page saved, again and again, under a publisher that watches in its own thread."""
    set_up(data)
    from reentry_site.pages.publishing import Publisher

    class Told(Publisher):
        looked = threading.Event()

        def look(self) -> bool:
            did = super().look()
            if did:
                self.looked.set()
            return did

    publisher = Told(folder, kept)
    publisher.current()
    in_vain = [timed(publisher.look) for _ in range(rounds)]
    publisher.watch()
    seen, whole = [], []
    for number in range(rounds):
        publisher.looked.clear()
        mark = f"Saved {number} times."

        def until_seen(mark: bytes = mark.encode()) -> None:
            while mark not in publisher.current().finished["/topic-1/page-5/"]:
                time.sleep(0.002)

        def until_kept() -> None:
            seen.append(timed(until_seen))
            if not publisher.looked.wait(PATIENCE):
                sys.exit("The edit was never published.")

        (folder / file_of(EDITED)).write_text(f"{page_text(EDITED)}\n{mark}\n", encoding="utf-8")
        whole.append(timed(until_kept))
    return {"look in vain": in_vain, "edit, save to seen": seen, "edit, kept on the disk": whole}


def measure(count: int) -> Iterator[tuple[str, list[Spent]]]:
    starts, rounds = SIZES[count]
    with tempfile.TemporaryDirectory() as name:
        data, folder, kept = (Path(name) / part for part in ("data", "content", "last-good"))
        write_pages(folder, count)
        in_new_process(collect, data)
        cold = []
        for _ in range(starts):
            shutil.rmtree(kept, ignore_errors=True)
            cold.append(in_new_process(start, data, folder, kept))
        yield "cold start", cold
        yield "warm start", [in_new_process(start, data, folder, kept) for _ in range(starts)]
        yield from in_new_process(edits, data, folder, kept, rounds).items()


def said(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    print(f"Publishing. {os.cpu_count()} cores, Python {platform.python_version()}. Seconds: median (least–most).\n")
    print("| pages | what | rounds | CPU | wall |\n| --- | --- | --- | --- | --- |")
    for size in SIZES:
        for what, spent in measure(size):
            cpu, wall = (said(list(column)) for column in zip(*spent, strict=True))
            print(f"| {size:,} | {what} | {len(spent)} | {cpu} | {wall} |", flush=True)
