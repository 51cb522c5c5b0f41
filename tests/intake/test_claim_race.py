"""Of fifty who take a call in one moment, each in a process of its own, one has it and the others are told."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.faults.breaking import CannotBreak
from tests.faults.postgres import Server
from tests.site import PATIENCE, ROOT, environment, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes that fork, as the site's own workers do")
PEOPLE = 50
AWAY = (503, "The desk is away for a moment")  # with the crisis numbers and what to do; nothing was saved


def race(**of_site) -> dict:
    """What each of them was answered, and who has a call then."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.intake.claim_race", str(PEOPLE)],
        env=environment(**of_site),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def sqlite(set_up, tmp_path):
    return {"DATA_DIR": shutil.copytree(set_up, tmp_path / "data")}


@pytest.fixture
def postgres(tmp_path):
    """A site on a PostgreSQL server of its own: its environment."""
    pytest.importorskip("psycopg", reason="needs PostgreSQL's driver")
    try:
        server = Server()
    except CannotBreak as reason:
        pytest.skip(f"{reason} on this machine")
    try:
        site = {"DATA_DIR": tmp_path / "data", "DATABASE_URL": server.url("race")}
        done = run("serve", "--setup-only", **site)
        assert done.returncode == 0, done.stderr
        yield site
    finally:
        server.close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_of_fifty_who_press_one_has_the_number_and_the_others_are_told(database, request):
    """Two requests are at this number. Who waits for the database for too long reads that, and to try again."""
    told = race(**request.getfixturevalue(database))
    assert len(told["answered"]) == PEOPLE
    [took] = [name for name, status, _ in told["answered"] if status == 302]
    assert told["holders"] == [took]
    others = {(status, said) for _, status, said in told["answered"] if status != 302} - {AWAY}
    who = took.capitalize()
    assert others
    assert others <= {(409, f"{who} has this call now"), (409, f"{who} has this number now")}
