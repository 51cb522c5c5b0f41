"""The faults of `make faults`: what breaks when, told by how far the crowd is."""

import contextlib
import os
import random
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import NamedTuple

from tests.faults import breaking
from tests.faults.clients import send_half
from tests.faults.trial import Trial
from tests.site import children, wait_for

MANY = 100  # answers between two steps


def nothing(trial: Trial) -> None:
    pass


def kill_workers(trial: Trial, times: int = 10) -> None:
    for _ in range(times):
        trial.crowd.wait_for("confirmed", MANY)
        trial.kill_a_worker()


def kill_master(trial: Trial, times: int = 3) -> None:
    for _ in range(times):
        trial.crowd.wait_for("confirmed", MANY)
        os.kill(trial.site.web_pid, signal.SIGKILL)
        trial.restart()


def kill_sweeper(trial: Trial, times: int = 4) -> None:
    """While it brings in what waited."""
    with breaking.moved_away(trial.database):
        trial.crowd.wait_for("confirmed", 3 * MANY)
        trial.count_spooled()
    victim, waits = None, trial.in_spool()
    for _ in range(times):
        victim = trial.site.child("sweep", besides=victim)
        wait_for(lambda before=waits: trial.in_spool() < before, what="the sweeper brings nothing in")
        os.kill(victim, signal.SIGKILL)
        if not (waits := trial.in_spool()):
            return


def kill_all(trial: Trial, times: int = 3) -> None:
    """What a machine that is switched off does to the programs on it; its disk is not tried here."""
    for _ in range(times):
        trial.crowd.wait_for("confirmed", MANY)
        supervisor = trial.site.process.pid
        for pid in [supervisor, *children(supervisor), *trial.workers()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        trial.restart()


def half_forms(trial: Trial, times: int = 200) -> None:
    for person in random.sample(trial.crowd.people, min(times, len(trial.crowd.people))):
        with contextlib.suppress(OSError):
            send_half(trial.site.port, person)


def while_broken(
    broken: Callable[[Trial], contextlib.AbstractContextManager], times: int = 1, after: str = "confirmed"
):
    """Break it, mend it after MANY presses that ended so, drain, and again."""

    def fault(trial: Trial) -> None:
        for _ in range(times):
            trial.crowd.wait_for("confirmed", MANY)
            with broken(trial):
                trial.crowd.wait_for(after, MANY)
                trial.count_spooled()
            trial.drain()

    return fault


def locked_for(seconds: float):
    def fault(trial: Trial) -> None:
        trial.crowd.wait_for("confirmed", MANY)
        with breaking.locked(trial.database):
            threading.Event().wait(seconds)
            trial.count_spooled()

    return fault


def drain_killed(trial: Trial, times: int = 15) -> None:
    """At moments by chance, until all is moved."""
    with breaking.moved_away(trial.database):
        trial.crowd.wait_for("served", len(trial.crowd.people))
        trial.count_spooled()
    for _ in range(times):
        drain = trial.begin_to_drain()
        with contextlib.suppress(subprocess.TimeoutExpired):
            drain.wait(random.uniform(0.5, 3))  # noqa: S311 (no secret)
        drain.kill()
        drain.wait()


def clock_jumps(trial: Trial) -> None:
    clock = trial.changes["TRIAL_CLOCK"]
    for days in (1, -1, 0):
        trial.crowd.wait_for("confirmed", MANY)
        with breaking.moved_away(trial.database):
            clock.write_text(str(days))
            trial.crowd.wait_for("confirmed", MANY)
            trial.count_spooled()


def worker_files(size: Callable[[Trial], int]):
    return lambda trial: breaking.no_file_grows_past(size(trial), trial.workers())


class Fault(NamedTuple):
    name: str
    breaks: Callable[[Trial], None]
    environment: dict = {}


OWN_SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
FILES = [
    Fault("nothing", nothing),
    Fault("kill -9 a worker, 10 times", kill_workers),
    Fault("kill -9 gunicorn, 3 times", kill_master),
    Fault("kill -9 the sweeper, 4 times", kill_sweeper),
    Fault("kill -9 everything, 3 times", kill_all),
    Fault("dies between storing and answering", nothing, OWN_SETTINGS | {"TRIAL_DIES": "60"}),
    Fault("half a form, 200 times", half_forms),
    Fault("database locked for 10 s", locked_for(10)),
    Fault("database read-only", while_broken(lambda trial: breaking.read_only(trial.database))),
    Fault("database moved away, 3 times", while_broken(lambda trial: breaking.moved_away(trial.database), times=3)),
    Fault("spool moved away", while_broken(lambda trial: breaking.moved_away(trial.spool))),
    Fault("no file grows", while_broken(worker_files(lambda trial: trial.database.stat().st_size))),
    Fault("no byte is written", while_broken(worker_files(lambda trial: 0), after="refused")),
    Fault("drain killed, 15 times", drain_killed),
    Fault("clock a day ahead, a day behind", clock_jumps, OWN_SETTINGS),
]
DISK = [
    Fault("disk full, spool on another", while_broken(lambda trial: breaking.full(trial.data))),
    Fault("disk full, the spool's too", while_broken(lambda trial: breaking.full(trial.data), after="refused")),
]


def server_away(mode: str):
    """One of PostgreSQL's ways to be away; the trial's server comes with its environment."""
    return while_broken(lambda trial: trial.server.stopped(mode), times=2)


def server_paused(trial: Trial, seconds: float = 15) -> None:
    """By time: what its clients do meanwhile is what is tried."""
    trial.crowd.wait_for("confirmed", MANY)
    with trial.server.paused():
        threading.Event().wait(seconds)
        trial.count_spooled()


SERVER = [
    Fault("PostgreSQL, nothing", nothing),
    Fault("PostgreSQL stopped fast, twice", server_away("fast")),
    Fault("PostgreSQL stopped at once, twice", server_away("immediate")),
    Fault("PostgreSQL killed -9, twice", server_away("kill")),
    Fault("PostgreSQL paused for 15 s", server_paused),
    Fault("PostgreSQL, dies before the answer", nothing, OWN_SETTINGS | {"TRIAL_DIES": "60"}),
]
