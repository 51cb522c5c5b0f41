"""DATA_DIR: made once, for one account's eyes, and never quietly made again."""

import os
import stat
import subprocess
import sys

import pytest

from reentry_site import data_dir
from tests.site import ROOT, run

SPOOL = f"{data_dir.SPOOL}/{data_dir.SPOOL_FILE}"
SECRETS = (data_dir.SECRET_KEY, data_dir.SEALING_KEY, data_dir.LOOKUP_KEY)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "data"


def contents(folder) -> dict:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_start_keeps_the_secrets(folder):
    data_dir.prepare(folder)
    first = contents(folder)
    data_dir.prepare(folder)
    assert contents(folder) == first


def test_every_secret_is_its_own(tmp_path):
    for name in ("one", "two"):
        data_dir.prepare(tmp_path / name)
    made = {(tmp_path / folder / name).read_bytes() for folder in ("one", "two") for name in SECRETS}
    assert len(made) == 6
    assert min(map(len, made)) == 32


def test_only_this_account_can_look_inside_after_a_first_start(set_up):
    """Static files are public, so only what holds them is closed."""
    for path in [set_up, *set_up.rglob("*")]:
        if set_up / "static" not in path.parents:
            expected = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_whatever_the_shell_says_only_this_account_can_look_inside(folder):
    before = os.umask(0)
    try:
        data_dir.prepare(folder)
        data_dir.hold(folder)
    finally:
        os.umask(before)
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_folder_that_was_open_to_others_is_closed(folder):
    folder.mkdir()
    folder.chmod(0o755)
    data_dir.prepare(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_first_start_that_was_cut_short_goes_on(folder):
    data_dir.prepare(folder)
    kept = (folder / data_dir.SECRET_KEY).read_bytes()
    for name in (data_dir.COMPLETE, data_dir.DATABASE, data_dir.LOOKUP_KEY):
        (folder / name).unlink()
    data_dir.prepare(folder)
    assert (folder / data_dir.SECRET_KEY).read_bytes() == kept
    assert all((folder / name).exists() for name in (*SECRETS, data_dir.DATABASE, data_dir.COMPLETE))


def test_starts_at_one_time_make_one_set_of_secrets(folder):
    script = "import sys, pathlib; from reentry_site import data_dir; data_dir.prepare(pathlib.Path(sys.argv[1]))"
    starts = [subprocess.Popen([sys.executable, "-c", script, folder], cwd=ROOT) for _ in range(6)]
    assert [start.wait() for start in starts] == [0] * 6
    assert {path.as_posix() for path in contents(folder)} == {
        *SECRETS,
        data_dir.DATABASE,
        data_dir.COMPLETE,
        SPOOL,
        ".gitignore",
    }


@pytest.mark.parametrize("name", [*SECRETS, data_dir.DATABASE, SPOOL])
def test_a_missing_file_is_an_alarm_and_not_a_new_file(folder, name):
    data_dir.prepare(folder)
    (folder / name).unlink()
    with pytest.raises(data_dir.Unusable, match=f"{name.rpartition('/')[2]} is missing"):
        data_dir.prepare(folder)
    assert not (folder / name).exists()


def test_data_whose_mark_has_gone_is_an_alarm(folder):
    data_dir.prepare(folder)
    (folder / data_dir.DATABASE).write_bytes(b"people")
    (folder / data_dir.COMPLETE).unlink()
    before = contents(folder)
    with pytest.raises(data_dir.Unusable, match="holds db.sqlite3"):
        data_dir.prepare(folder)
    assert contents(folder) == before


def test_a_folder_with_other_things_is_left_alone(folder):
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(data_dir.Unusable, match="holds letter.txt"):
        data_dir.prepare(folder)
    assert os.listdir(folder) == ["letter.txt"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_no_database_file_is_made_where_the_database_lives_elsewhere(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db/calls")
    for _ in range(2):
        data_dir.prepare(folder)
        assert not (folder / data_dir.DATABASE).exists()


def test_an_unwritable_data_dir_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    done = run("serve", DATA_DIR=tmp_path / "file" / "data")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"DATA_DIR {tmp_path}/file/data cannot be used (Not a directory). "
        "Set DATA_DIR to a folder that this account can write.\n"
    )


def test_a_new_place_for_the_spool_is_made_and_a_lost_file_in_it_is_an_alarm(folder, tmp_path, monkeypatch):
    data_dir.prepare(folder)
    monkeypatch.setenv("SPOOL_DIR", str(tmp_path / "other"))
    data_dir.prepare(folder)
    made = tmp_path / "other" / data_dir.SPOOL_FILE
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    made.unlink()
    with pytest.raises(data_dir.Unusable, match="where requests wait"):
        data_dir.prepare(folder)
    assert not made.exists()
