"""Where the tests of nginx's configuration find their nginx, and what is said where there is none."""

import subprocess

import pytest

from tests.site import ROOT

NONE = "The tests of deploy/nginx.conf do not run: install nginx, or set NGINX_PATH to one.\n"


@pytest.fixture
def find(tmp_path):
    """Runs the script on a machine that has only the commands given here, each as a line of shell."""
    script = (ROOT / "tests" / "deploy" / "find_nginx.sh").read_text().replace(":/usr/sbin", "")

    def find(commands: dict[str, str], **environment) -> subprocess.CompletedProcess:
        for name, line in commands.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
            (tmp_path / name).chmod(0o700)
        command = ["/bin/sh", "-c", script, "find", tmp_path / "fetched"]
        return subprocess.run(command, env={"PATH": str(tmp_path)} | environment, capture_output=True, text=True)

    return find


def test_the_nginx_of_the_machine_is_taken_or_the_one_that_is_named(find, tmp_path):
    assert find({"nginx": "", "mine": ""}).stdout == f"{tmp_path}/nginx\n"
    assert find({}, NGINX_PATH=f"{tmp_path}/mine").stdout == f"{tmp_path}/mine\n"


def test_root_on_debian_gets_one_that_is_not_installed(find, tmp_path):
    unpack = f"/bin/mkdir -p usr/sbin; echo > usr/sbin/nginx; /bin/chmod 700 usr/sbin/nginx; echo $1 > {tmp_path}/did"
    commands = {"id": "echo 0", "apt-get": f'echo "$1" >> {tmp_path}/asked', "dpkg": unpack, "mkdir": '/bin/mkdir "$@"'}
    found = find(commands)
    assert found.stderr == "No nginx here: fetching Debian's for the tests of its configuration.\n"
    assert found.stdout == f"{tmp_path}/fetched/usr/sbin/nginx\n"
    assert (tmp_path / "asked").read_text().split() == ["update", "download"]
    assert (tmp_path / "did").read_text() == "-x\n"


@pytest.mark.parametrize(("environment", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_without_one_a_line_says_so_and_ci_does_not_go_on(find, environment, status):
    found = find({"id": "echo 1000"}, **environment)
    assert (found.returncode, found.stdout.strip(), found.stderr) == (status, "", NONE)
