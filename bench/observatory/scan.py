"""What Mozilla's HTTP Observatory gives four pages of a public site, by its own scanner, on this machine alone.

A real site with PUBLIC_HOSTS set and TLS ended in front of it. Ends with 1 where a page has too few points.
`make observatory` fetches the scanner first. About half a minute.
"""

import contextlib
import datetime
import http.client
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT)]

from tests.site import Site, certificate  # noqa: E402

HOST = "www.example.org"
WANTED = 130  # points; from 100 on the grade is A+
PERSON = {"phone": "216 555 0143", "website": ""}
PACKAGE = Path("node_modules/@mdn/mdn-http-observatory")


class Answering(http.server.BaseHTTPRequestHandler):
    """One question, passed on to the site with the scheme by which it came, as a proxy in front does."""

    def pass_on(self) -> None:
        answer, body = ask(self.server.site, self.command, self.path, self.server.scheme, dict(self.headers))
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_OPTIONS = pass_on

    def log_message(self, *_) -> None:
        pass


class Front(http.server.ThreadingHTTPServer):
    """A port of this machine in front of the site; with a certificate it speaks TLS."""

    def __init__(self, site: Site, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.site, self.scheme = site, "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def __enter__(self) -> "Front":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.shutdown()
        self.server_close()


def ask(site: Site, method: str, path: str, scheme: str, headers: dict[str, str], body: str | None = None):
    """The site's answer and its body."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
        connection.request(method, path, body, headers | {"Host": HOST, "X-Forwarded-Proto": scheme})
        answer = connection.getresponse()
        return answer, answer.read()


def thank_you(site: Site) -> str:
    """The address that somebody who asked for a call is led to."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer, _ = ask(site, "POST", "/callback/", "https", form, urllib.parse.urlencode(PERSON))
    if answer.status != 303:
        sys.exit(f"The form was answered with {answer.status}.")
    return answer.headers["Location"]


def scan(scanner: Path, path: str, fronts: list[Front], trusted: Path) -> dict:
    own = {"HTTP_PORT": str(fronts[0].server_port), "HTTPS_PORT": str(fronts[1].server_port)}
    own |= {"NODE_EXTRA_CA_CERTS": str(trusted)}
    command = ["node", "--import", HERE / "to_loopback.mjs", scanner / PACKAGE / "src/scan.js", HOST + path]
    done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)  # noqa: S603 (our own words)
    said = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
    if "error" in said:
        sys.exit(f"{path} was not scanned: {said['error']}")
    return said


def row(name: str, found: dict) -> str:
    points = {test: each["scoreModifier"] for test, each in found["tests"].items() if each["scoreModifier"]}
    said = ", ".join(f"{test} {count:+}" for test, count in points.items())
    whole = found["scan"]
    passed = f"{whole['testsPassed']} of {whole['testsQuantity']}"
    return f"| {name} | {whole['statusCode']} | {whole['grade']} | {whole['score']} | {passed} | {said} |"


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """What the table calls a page, and its address."""
    yield "`/`", "/"
    yield "`/callback/`", "/callback/"
    yield "thank you", thank_you(site)
    yield "`/account/sign-in/`", "/account/sign-in/"


def main(scanner: Path, folder: Path) -> bool:
    trusted, scores = certificate(folder, HOST), []
    site = Site(folder / "data", PUBLIC_HOSTS=HOST, BEHIND_TLS="yes", WEB_WORKERS=1)
    try:
        with Front(site) as plain, Front(site, trusted) as sealed:
            for name, path in pages(site):
                found = scan(scanner, path, [plain, sealed], trusted)
                scores.append(found["scan"]["score"])
                print(row(name, found), flush=True)
    finally:
        site.end()
    return min(scores) >= WANTED


if __name__ == "__main__":
    cache = Path(sys.argv[1])
    version = json.loads((cache / PACKAGE / "package.json").read_text())["version"]
    print(f"Mozilla's HTTP Observatory {version}, {datetime.date.today()}. Wanted: {WANTED} for each page.\n")
    print("| page | status | grade | points | passed | more or fewer than 100 |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if main(cache, Path(name)) else f"A page has fewer than {WANTED}.")
