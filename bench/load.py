"""What the benches of speed share: servers on one core, their load on another, and what both came to (Linux).

Only 127.0.0.1 is asked. wrk is Debian's package of that name.
"""

import contextlib
import datetime
import http.client
import importlib.util
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT)]

from tests.site import children, environment, wait_for  # noqa: E402

SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 16
PATIENCE = 30  # seconds
RESTING = 0.05  # seconds of processor in a second: less, and a server has nothing left to prepare
TICK = os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    """What wrk counted. `answered`: bytes on the wire. Waits in seconds."""

    requests: int
    errors: int
    answered: int
    seconds: float
    median: float
    slow: float  # one in a hundred waits longer
    slowest: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    length: int  # bytes on the wire, head and body


# Servers ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def on_core(*cores: int) -> Iterator[None]:
    """What is started here runs there, and so does all that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(cores) & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def server(
    port: int,
    *command: str | Path,
    cwd: Path = ROOT,
    cores: tuple[int, ...] = (SERVER_CORE,),
    log: Path | None = None,
    **changes: object,
) -> Iterator[int]:
    """Its process, once it takes connections; `changes` are environment variables. It logs here, or into `log`."""
    with on_core(*cores):
        env = environment(**changes)
        with log.open("ab") if log else contextlib.nullcontext(sys.stderr) as said_to:
            pipes = {"stdout": said_to, "stderr": said_to}
            process = subprocess.Popen(command, cwd=cwd, env=env, **pipes)  # noqa: S603 (our own commands)
    try:
        wait_for(lambda: process.poll() is not None or _listens(port), what=f"{command} does not listen")
        if process.poll() is not None:
            sys.exit(f"{command} ended by itself.")
        yield process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE)


def gunicorn(port: int, application: str, python: Path | str = sys.executable, threads: int = 1, **server_changes):
    """One worker with so many threads, as gunicorn is commonly run."""
    command = (python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread")
    options = ("--threads", str(threads), "--log-level", "warning", "--no-control-socket", "--preload", application)
    return server(port, *command, *options, **server_changes)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def tree(pid: int) -> list[int]:
    return [pid, *(each for child in children(pid) for each in tree(child))]


def cpu(pid: int) -> float:
    """Seconds that it and all it started have worked, the system's part too."""
    fields = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in tree(pid)]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICK


def memory(pid: int) -> float:
    """MB of it and all it started; what several share counts once (PSS)."""
    rollups = [Path(f"/proc/{each}/smaps_rollup").read_text() for each in tree(pid)]
    return sum(int(each.partition("\nPss:")[2].split()[0]) for each in rollups) / 1024


def wait_until_it_rests(pid: int, at_most: float = 900) -> None:
    """A site goes on making its bytes smaller for a while after its start. `at_most`: seconds."""
    until, before = time.monotonic() + at_most, cpu(pid)
    while time.monotonic() < until:
        time.sleep(1)
        before, worked = cpu(pid), cpu(pid) - before
        if worked < RESTING:
            return
    sys.exit("It is still at work.")


# Load ---------------------------------------------------------------------------------------------------------


def wrk(port: int, path: str = "/", seconds: float = 1, connections: int = CONNECTIONS, **options) -> Load:
    """One thread, keep-alive unless `close`; gzip is taken. `addresses`: a file of paths, asked in random order."""
    close, addresses = options.get("close"), options.get("addresses")
    headers = ["Accept-Encoding: gzip", *(["Connection: close"] if close else [])]
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    command += ["--script", str(HERE / "load.lua"), *(f"--header={each}" for each in headers)]
    named = {"ADDRESSES": str(addresses)} if addresses else {}
    with on_core(LOAD_CORE):
        command.append(f"http://127.0.0.1:{port}{path}")
        ran = subprocess.run(command, env=os.environ | named, capture_output=True, text=True)  # noqa: S603 (our own command)
    if "COUNTED" not in ran.stdout:
        sys.exit(f"wrk said nothing: {ran.stdout} {ran.stderr}")
    requests, errors, answered, *micro = map(int, ran.stdout.partition("COUNTED")[2].split())
    return Load(requests, errors, answered, *(each / 1e6 for each in micro))


def ask(port: int, path: str = "/", patience: float = PATIENCE, **headers: str) -> Answer:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=patience)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Host": f"127.0.0.1:{port}"} | headers)
        answer = connection.getresponse()
        body = answer.read()
        lines = [f"{name}: {value}\r\n" for name, value in answer.getheaders()]
        head = len(f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n") + sum(map(len, lines))
        return Answer(answer.status, answer.getheaders(), body, head + len(body))


# What is said -------------------------------------------------------------------------------------------------


def said(values: list[float], digits: int = 0) -> str:
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def missing(*programs: str) -> list[str]:
    return [program for program in programs if shutil.which(program) is None]


def circumstances(what: str) -> str:
    parser = "C" if importlib.util.find_spec("gunicorn_h1c") else "Python"
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"{what} {datetime.date.today()}, {load}, Python {platform.python_version()}, gunicorn's {parser} parser."


def heads(*names: str) -> None:
    print(f"| {' | '.join(names)} |\n|{' --- |' * len(names)}")
