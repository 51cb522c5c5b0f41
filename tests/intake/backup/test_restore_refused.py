"""What a restore refuses, and leaves everything as it is: under a site that runs, what is not whole, other keys."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from reentry_site import data_dir
from tests.intake.backup.conftest import (
    ask,
    query,
    wait_in_spool,
)
from tests.site import ROOT, environment, run


def test_while_a_site_runs_nothing_is_restored(site, tmp_path):
    file = tmp_path / "backup"
    assert run("backup", str(file), **site.environment).returncode == 0
    before = (site.data_dir / "db.sqlite3").read_bytes()
    done = run("restore", str(file), **site.environment)
    assert done.returncode == 1 and "end them first" in done.stderr
    other = tmp_path / "other"
    done = run("restore", str(file), **site.environment | {"DATA_DIR": other})
    assert done.returncode == 1 and f"A site answers on port {site.port}" in done.stderr
    assert (site.data_dir / "db.sqlite3").read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nor_while_the_sweeper_alone_runs(data, file, manage):
    command = [sys.executable, ROOT / "manage.py", "sweep"]
    with subprocess.Popen(command, env=environment(DATA_DIR=data)) as sweeper:
        while str(data / data_dir.IN_USE) not in _opened_by(sweeper.pid):
            os.sched_yield()
        assert "end them first" in manage("restore", file).stderr
        sweeper.kill()
    assert manage("restore", file).returncode == 0  # a lock ends with its process


def _opened_by(pid: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(os.readlink(each))
    return found


def test_while_it_is_restored_nothing_else_begins(data, manage):
    command = (
        "import pathlib, sys; from reentry_site import data_dir; data_dir.hold(pathlib.Path(sys.argv[1]), alone=True);"
        "print('holds', flush=True); sys.stdin.read()"
    )
    own = environment(PYTHONPATH=ROOT)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", command, data], env=own, text=True, **pipes) as restoring:
        assert restoring.stdout.readline() == "holds\n"
        for command in (["serve"], ["sweep", "--once"]):
            done = manage(*command)
            assert done.returncode == 1 and done.stderr.endswith("a restore is under way.\n")
            assert done.stderr.count("\n") == 1
        restoring.stdin.close()


def _rewritten(file: Path, **parts: bytes) -> None:
    """The same backup with another content of some parts."""
    with tarfile.open(file) as old:
        content = {each.name: old.extractfile(each).read() for each in old}
    with tarfile.open(file, "w") as tar:
        for name, old in content.items():
            info = tarfile.TarInfo(name)
            new = parts.get(name.partition(".")[0], old)
            info.size = len(new)
            tar.addfile(info, io.BytesIO(new))


def _manifest(file: Path) -> dict:
    with tarfile.open(file) as tar:
        return json.loads(tar.extractfile("manifest.json").read())


def damage_middle(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut_off(file):
    os.truncate(file, file.stat().st_size // 2)


def empty(file):
    file.write_bytes(b"")


def no_manifest(file):
    _rewritten(file, manifest=b"{}")


def newer(file):
    manifest = _manifest(file)
    manifest["contents"]["migrations"].append("intake.9999_of_tomorrow")
    _rewritten(file, manifest=json.dumps(manifest).encode())


def fewer_rows(file):
    manifest = _manifest(file)
    manifest["contents"]["rows"]["intake_callbackrequest"] += 1
    _rewritten(file, manifest=json.dumps(manifest).encode())


def other_kind(file):
    _rewritten(file, manifest=json.dumps(_manifest(file) | {"kind": "postgresql"}).encode())


def other_format(file):
    _rewritten(file, manifest=json.dumps(_manifest(file) | {"format": 2}).encode())


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (damage_middle, "is damaged"),
        (cut_off, "is damaged"),
        (empty, "is damaged"),
        (no_manifest, "is damaged"),
        (newer, "A newer version of this program made it (intake.9999_of_tomorrow)"),
        (fewer_rows, "does not hold what it says"),
        (other_kind, "a backup of postgresql"),
        (other_format, "of format 2"),
        (Path.unlink, "There is no"),
    ],
)
def test_what_is_not_whole_or_not_ours_is_refused_and_changes_nothing(data, file, manage, harm, words):
    before = (data / "db.sqlite3").read_bytes()
    harm(file)
    done = manage("restore", file)
    assert done.returncode == 1 and words in done.stderr and "Nothing was changed." in done.stderr
    assert (data / "db.sqlite3").read_bytes() == before
    assert sorted(path.name for path in data.iterdir() if "restor" in path.name) == []


def test_keys_that_do_not_open_it_are_refused_by_name(data, manage, tmp_path, settings):
    file, new = tmp_path / "backup", tmp_path / "new"
    manage("rotate_keys", "--new-key")
    wait_in_spool(data, settings, "+12165550102")
    manage("backup", file)

    done = manage("restore", file, DATA_DIR=new)  # makes keys of its own
    assert done.returncode == 1 and re.search(r"there: seal-0002\.key\. ", done.stderr)
    (new / "keys" / "seal-0002.key").write_bytes(os.urandom(32))
    assert "there: seal-0002.key." in manage("restore", file, DATA_DIR=new).stderr
    shutil.copy(data / "keys" / "seal-0002.key", new / "keys")
    assert "lookup.key in" in manage("restore", file, DATA_DIR=new).stderr
    shutil.copy(data / "keys" / "lookup.key", new / "keys")
    assert manage("restore", file, DATA_DIR=new).returncode == 0


def test_where_keys_are_lost_for_good_what_needs_none_comes_back_when_one_says_so(file, manage, tmp_path):
    new = tmp_path / "new"
    assert manage("restore", file, DATA_DIR=new).returncode == 1
    assert manage("restore", file, "--keys-are-lost", DATA_DIR=new).returncode == 0
    assert query(new / "db.sqlite3", "SELECT count(*) FROM intake_callbackrequest") == [(1,)]


def test_one_damaged_row_keeps_no_other_from_coming_back(data, manage, tmp_path):
    for number in range(2):
        ask(data, f"216 555 010{number}")
    database = data / "db.sqlite3"
    ids = query(database, "SELECT id FROM intake_answers")
    query(database, "UPDATE intake_answers SET sealed = x'' WHERE id = ?", ids[0])
    query(database, "UPDATE intake_answers SET sealed = substr(sealed, 1, 100) WHERE id = ?", ids[1])
    file = tmp_path / "backup"
    manage("backup", file)
    assert manage("restore", file).returncode == 0
