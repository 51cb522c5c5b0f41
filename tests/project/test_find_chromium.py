"""Where the browser tests find their browser, and what is said where there is none."""

import subprocess

import pytest

from tests.site import ROOT


@pytest.fixture
def find(tmp_path):
    """Runs the script on a machine that has only the commands given here, each as a line of shell."""

    def find(commands: dict[str, str], **environment) -> subprocess.CompletedProcess:
        for name, line in commands.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
            (tmp_path / name).chmod(0o700)
        return subprocess.run(
            ["/bin/sh", ROOT / "tests" / "browser" / "find_chromium.sh"],
            env={"PATH": str(tmp_path)} | environment,
            capture_output=True,
            text=True,
        )

    return find


def test_the_browser_of_the_machine_is_taken(find, tmp_path):
    assert find({"chromium": ""}).stdout == f"{tmp_path}/chromium\n"


def test_another_browser_can_be_named(find, tmp_path):
    found = find({"chromium": "", "my-chrome": ""}, CHROMIUM=f"{tmp_path}/my-chrome")
    assert found.stdout == f"{tmp_path}/my-chrome\n"


def test_root_on_debian_gets_one_and_is_told(find, tmp_path):
    install = f'[ "$1" = update ] || {{ echo "#!/bin/sh" > {tmp_path}/chromium; /bin/chmod 700 {tmp_path}/chromium; }}'
    found = find({"id": "echo 0", "apt-get": install})
    assert found.stderr == "No Chromium here: installing Debian's for the browser tests.\n"
    assert found.stdout == f"{tmp_path}/chromium\n"


NONE = "The browser tests do not run: install chromium, or set CHROMIUM to a Chromium or Chrome.\n"


def test_without_a_browser_one_line_says_so(find):
    found = find({"id": "echo 1000"})
    assert (found.returncode, found.stdout.strip(), found.stderr) == (0, "", NONE)


def test_ci_never_goes_without_a_browser(find):
    found = find({"id": "echo 1000"}, CI="true")
    assert (found.returncode, found.stderr) == (1, NONE)
