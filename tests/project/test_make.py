"""The two commands on a machine that is not as they need it, and the lock files they install."""

import os
import re
import shutil
import subprocess

import pytest

from tests.site import ROOT

LOCKS = sorted(ROOT.glob("requirements*.txt"))


def make(folder, before: str) -> subprocess.CompletedProcess:
    """`make serve` in a fresh folder, with a Python in which `before` has happened."""
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.txt").touch()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec python3 -c "{before}; exec(__import__(\'sys\').argv[2])" "$@"\n')
    python.chmod(0o700)
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "serve", "PYTHON=./python"]
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("before", "line"),
    [
        (
            "import sys; sys.version_info = (3, 9)",
            "Python 3.11 or newer is needed; ./python is 3.9. Name another: make PYTHON=python3.12",
        ),
        (
            "import sys; sys.modules['ensurepip'] = None; sys.version_info = (3, 13)",
            "./python cannot make a virtual environment. On Debian: apt-get install python3.13-venv",
        ),
    ],
)
def test_a_python_that_will_not_do_is_one_line(tmp_path, before, line):
    done = make(tmp_path, before)
    assert done.returncode == 2
    assert done.stdout == ""
    assert [said for said in done.stderr.splitlines() if not said.startswith("make: ")] == [line]
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_files_name_no_host_and_pin_every_package(lock):
    for package in re.split(r"\n(?! )", lock.read_text().strip()):
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ;[^\\]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\\n)?)+", package), (
            package
        )


def test_every_extra_has_its_lock_file():
    assert [lock.name for lock in LOCKS] == [
        "requirements-audit.txt",
        "requirements-dev.txt",
        "requirements-fast.txt",
        "requirements-peers.txt",
        "requirements-postgres.txt",
        "requirements-scan.txt",
        "requirements.txt",
    ]
