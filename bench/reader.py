"""What a reader with a slow phone gets at a first visit: bytes, requests, first and largest paint, shift of the layout.

Chromium, told to be a phone on slow 3G (400 ms to and fro, 400 kbit/s) with a processor four times as slow, on a real
site. Paints are its own Performance entries. A minute.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench import load, pages  # noqa: E402
from tests.browser.conftest import FLAGS  # noqa: E402

ADDRESSES = ("/", "/callback/", pages.ADDRESS)
ROUNDS = 5
#: ms and bytes a second; Chromium's own "slow 3G".
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
PHONE = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
REST = 1_500  # ms after the page has loaded: what moves later, moves too late to be measured
WATCH = """
window.seen = {largest: 0, shift: 0};
new PerformanceObserver(list => list.getEntries().forEach(each => seen.largest = each.startTime))
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(each => seen.shift += each.hadRecentInput ? 0 : each.value))
  .observe({type: "layout-shift", buffered: true});
"""
READ = '() => [performance.getEntriesByName("first-contentful-paint")[0].startTime, seen.largest, seen.shift]'


class Visit(NamedTuple):
    """Bytes on the wire, heads too; paints in seconds; how much of the layout shifted (0 is nothing)."""

    page: int
    all: int
    requests: int
    first_paint: float
    largest_paint: float
    shift: float


def visit(browser: Browser, url: str) -> Visit:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    kinds, sizes = {}, {}
    session.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))
    session.on("Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}))
    page.add_init_script(WATCH)
    answer = page.goto(url, wait_until="load")
    page.wait_for_timeout(REST)
    if answer.status != 200 or set(kinds) != set(sizes):
        sys.exit(f"{url}: {answer.status}, {len(sizes)} of {len(kinds)} answers came whole")
    first, largest, shift = page.evaluate(READ)
    context.close()
    of_page = sum(size for asked, size in sizes.items() if kinds[asked] in {"Document", "Stylesheet"})
    return Visit(int(of_page), int(sum(sizes.values())), len(sizes), first / 1e3, largest / 1e3, shift)


def measure(folder: Path, rounds: int) -> dict[str, list[Visit]]:
    """Address → its visits, each with nothing kept from another."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    visits: dict[str, list[Visit]] = {}
    with pages.our_site(folder / "data") as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for _ in range(rounds):
            for address in ADDRESSES:
                visits.setdefault(address, []).append(visit(browser, site.url + address))
        browser.close()
    return visits


def main(folder: Path) -> None:
    print(load.circumstances("A slow phone.") + f" {ROUNDS} visits: median (least–most).\n")
    names = ("HTML and CSS, bytes", "all, bytes", "requests", "first paint, s", "largest paint, s", "shift")
    load.heads("address", *names)
    for address, visits in measure(folder, ROUNDS).items():
        columns = zip(zip(*visits, strict=True), (0, 0, 0, 2, 2, 3), strict=True)
        print(f"| `{address}` | {' | '.join(load.said(list(values), digits) for values, digits in columns)} |")


if __name__ == "__main__":
    if not (os.environ.get("CHROMIUM") or shutil.which("chromium")):
        print("A slow phone: there is no Chromium, so nothing was measured.")
        sys.exit()
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
