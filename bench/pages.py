"""How many pages one worker on one core sends in a second, and what one costs, beside other ways to serve that page.

wrk on the other core; every round of every way in turn; each answer's status and length counted, its bytes compared.
About ten minutes with 10,000 made-up pages; nginx and the peers are left out where they are not installed.
"""

import contextlib
import gzip
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench import load, peers, publishing  # noqa: E402
from bench.load import Answer, Load  # noqa: E402
from tests.site import Site, run  # noqa: E402

ROUNDS = 7
SECONDS = 1
FEW, MANY = 10, 10_000
KEPT = 1_000  # pages, where memory is looked at
ADDRESS = f"/{peers.ARTICLE}/"
RANDOM = 120  # bytes: Django's own gzip adds up to 100 of them to each answer

Round = tuple[Load, float]  # what was counted · seconds of processor for each request


@contextlib.contextmanager
def our_site(folder: Path, **changes: object) -> Iterator[Site]:
    """Started, and with nothing left to prepare. One worker, unless `changes` say else."""
    with load.on_core(load.SERVER_CORE):
        site = Site(folder, **{"WEB_WORKERS": 1} | changes)
    try:
        load.wait_until_it_rests(site.web_pid)
        yield site
    finally:
        site.end()


def ways(folder: Path, site: Site, with_peers: Path | None) -> Iterator[tuple[str, contextlib.AbstractContextManager]]:
    """Name → a way to serve the article, not started. `with_peers`: the python of their environment."""
    ours, plain = load.ask(site.port, ADDRESS), load.ask(site.port, ADDRESS, **{"Accept-Encoding": "identity"})
    yield "this site", contextlib.nullcontext((site.web_pid, site.port, ADDRESS))
    yield "WSGI function, gunicorn threads", peers.bare(folder, ours)
    yield "Django view with kept bytes, gunicorn threads", peers.cached_view(folder, ours, site.data_dir)
    if not load.missing("nginx"):
        yield "nginx, static, gzip_static", peers.nginx(folder, plain, ours)
    if with_peers:
        for name, peer in (("Coltrane", peers.coltrane), ("Wagtail", peers.wagtail)):
            yield f"{name} as shipped", peer(folder, with_peers, plain)
            yield f"{name} with Django's cache", peer(folder, with_peers, plain, SITE_CACHE="yes")


def measure(
    folder: Path, site: Site, rounds: int, with_peers: Path | None = None
) -> dict[tuple[str, bool], list[Round]]:
    """(Name, with `Connection: close`) → its rounds."""
    spent: dict[tuple[str, bool], list[Round]] = {}
    with contextlib.ExitStack() as stack:
        running = {name: stack.enter_context(way) for name, way in ways(folder, site, with_peers)}
        first = {name: load.ask(port, path) for name, (_, port, path) in running.items()}
        for _ in range(rounds):
            for close in (False, True):
                for name, (pid, port, path) in running.items():
                    spent.setdefault((name, close), []).append(one(pid, port, path, first[name], close=close))
    return spent


def one(pid: int, port: int, path: str, expected: Answer, **options: object) -> Round:
    before = load.cpu(pid)
    counted = load.wrk(port, path, SECONDS, **options)
    worked = load.cpu(pid) - before
    check(counted, expected, load.ask(port, path))
    return counted, worked / counted.requests


def check(counted: Load, expected: Answer, last: Answer) -> None:
    """Whole answers of the right length, none an error, and still the same bytes."""
    per_answer = counted.answered / counted.requests
    unfinished = load.CONNECTIONS * (expected.length + RANDOM) / counted.requests
    right_length = expected.length - RANDOM <= per_answer <= expected.length + RANDOM + unfinished
    if counted.errors or not right_length or last.status != 200 or _plain(last) != _plain(expected):
        sys.exit(f"Not each answer was right: {counted}, {last.status}, {expected.length} bytes expected")


def _plain(answer: Answer) -> bytes:
    return gzip.decompress(answer.body) if ("Content-Encoding", "gzip") in answer.headers else answer.body


# Many pages ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def with_many(folder: Path, count: int) -> Iterator[tuple[Site, list[str]]]:
    """A site that has so many pages, and the addresses of those that were made up."""
    publishing.write_pages(content := folder / "content", count)
    run("serve", "--setup-only", patience=900, DATA_DIR=folder / "data", CONTENT_DIR=content)
    files = (file.relative_to(content).with_suffix("") for file in content.rglob("*.md"))
    with our_site(folder / "data", CONTENT_DIR=content) as site:
        yield site, [f"/{each}/" for each in sorted(files) if str(each).startswith("topic-")]


def distinct(folder: Path, site: Site, made: list[str], rounds: int) -> dict[int, list[Round]]:
    """Requests for ten of the pages, and for all of them, in random order → the rounds. Each is asked for first."""
    if wrong := [path for path in made if load.ask(site.port, path).status != 200]:
        sys.exit(f"Not there: {wrong}")
    spent: dict[int, list[Round]] = {FEW: [], len(made): []}
    for _ in range(rounds):
        for size, series in spent.items():
            (file := folder / f"{size}.txt").write_text("\n".join(made[:size]) + "\n")
            before = load.cpu(site.web_pid)
            counted = load.wrk(site.port, "/", SECONDS, addresses=file)
            series.append((counted, (load.cpu(site.web_pid) - before) / counted.requests))
            if counted.errors:
                sys.exit(f"Not each answer was right: {counted}")
    return spent


def memory(folder: Path, count: int) -> float:
    """MB of gunicorn and two workers that have so many pages, each worker asked."""
    publishing.write_pages(folder / "content", count)
    with our_site(folder / "data", CONTENT_DIR=folder / "content", WEB_WORKERS=2) as site:
        for _ in range(50):
            load.ask(site.port, ADDRESS)
        return load.memory(site.web_pid)


# What is said -------------------------------------------------------------------------------------------------


def row(what: str, rounds: list[Round], beside: list[Round]) -> str:
    """`beside`: the rounds of this site; how many times as many pages it sends, round by round."""
    rates, costs = [each.rate for each, _ in rounds], [1e6 * worked for _, worked in rounds]
    ratios = [ours.rate / each.rate for (ours, _), (each, _) in zip(beside, rounds, strict=True)]
    half, slow = (1e3 * statistics.median(getattr(each, name) for each, _ in rounds) for name in ("median", "slow"))
    return f"| {what} | {load.said(rates)} | {load.said(costs)} | {half:.1f} / {slow:.1f} | {load.said(ratios, 2)} |"


def main(folder: Path, count: int, with_peers: Path | None) -> None:
    print(load.circumstances("Pages.") + f" {ROUNDS} rounds of {SECONDS} s, {load.CONNECTIONS} connections.\n")
    with our_site(folder / "data") as site:
        spent = measure(folder, site, ROUNDS, with_peers)
    for close in (False, True):
        kind = "a connection for each request" if close else "keep-alive"
        load.heads(kind, "pages/s", "CPU, µs a page", "half / one in 100 wait, ms", "this site against it")
        for (what, of_kind), rounds in spent.items():
            if of_kind == close:
                print(row(what, rounds, spent["this site", close]), flush=True)
        print()
    with with_many(folder / "many", count) as (site, made):
        many = distinct(folder, site, made, ROUNDS)
    load.heads(
        "distinct pages, random order", "pages/s", "CPU, µs a page", "half / one in 100 wait, ms", f"{FEW}: ratio"
    )
    for size, rounds in many.items():
        print(row(f"{size:,}", rounds, many[FEW]), flush=True)
    print(f"\n{memory(folder / 'kept', KEPT):.0f} MB (PSS) for gunicorn and 2 workers with {KEPT:,} pages.")


if __name__ == "__main__":
    if load.missing("wrk"):
        print("Pages: wrk is not installed (Debian: apt-get install wrk), so nothing was measured.")
        sys.exit()
    peers_python = Path(os.environ.get("PEERS", "")) / "bin" / "python"
    for program in load.missing("nginx"):
        print(f"{program} is not installed, so its row is missing.")
    if not peers_python.is_file():
        print("PEERS names no environment with Coltrane and Wagtail (`make bench` does), so their rows are missing.")
    with tempfile.TemporaryDirectory() as name:
        main(Path(name), int(sys.argv[1]) if sys.argv[1:] else MANY, peers_python if peers_python.is_file() else None)
