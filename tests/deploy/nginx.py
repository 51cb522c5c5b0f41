"""deploy/nginx.conf in earnest: an nginx on this machine alone, with ports, folders and a certificate of its own."""

import http.client
import http.cookiejar
import os
import re
import shutil
import socket
import ssl
import subprocess
import urllib.request
from pathlib import Path

from tests.site import ROOT, certificate, free_port, wait_for

HOST = "care.example.org"
PROGRAM = os.environ.get("NGINX_PATH") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx:
    """Started and listening, in front of a port of this machine."""

    def __init__(self, folder: Path, site_port: int):
        folder.mkdir()
        self.folder, self.plain_port, self.port = folder, free_port(), free_port()
        self.certificate = certificate(folder, HOST)
        (folder / "nginx.conf").write_text(self._configuration(site_port))
        self.said = folder / "said"
        with self.said.open("wb") as said:
            command = [PROGRAM, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"]
            self.process = subprocess.Popen(command, stdout=said, stderr=said)
        wait_for(self._listens, what=f"nginx does not listen: {self.said.read_text()}")
        for kind in KINDS:  # what would be put on the disk fails from now on
            (folder / kind).rmdir()

    def _configuration(self, site_port: int) -> str:
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        text = re.sub(r" *listen \[::\].*\n", "", text)
        text = re.sub(r"ssl_certificate(_key)? .*;", rf"ssl_certificate\1 {self.certificate};", text)
        own = "".join(f"    {kind}_temp_path {self.folder / kind};\n" for kind in KINDS)
        changes = {
            "http {\n": f"http {{\n{own}",
            "listen 80": f"listen 127.0.0.1:{self.plain_port}",
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{site_port}",
            "/run/nginx.pid": str(self.folder / "pid"),
            "user www-data;": "" if os.getuid() else f"user {Path(ROOT).owner()};",
        }
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        return text

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()

    def connect(self, host: str = HOST, **limits) -> ssl.SSLSocket:
        """By TLS, as whoever trusts its certificate; keywords are set on the context."""
        context = ssl.create_default_context(cafile=self.certificate)
        if ciphers := limits.pop("ciphers", None):
            context.set_ciphers(ciphers)
        for name, value in limits.items():
            setattr(context, name, value)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 30), server_hostname=host)

    def send(self, raw: bytes) -> bytes:
        """All that comes back until it is closed."""
        with self.connect() as opened:
            opened.sendall(raw)
            return b"".join(iter(lambda: opened.recv(65536), b""))

    def browser(self) -> urllib.request.OpenerDirector:
        """Keeps cookies and follows where it is led, as a browser does."""
        nginx = self

        class Connection(http.client.HTTPSConnection):
            def connect(self):
                self.sock = nginx.connect(self.host)

        class Handler(urllib.request.HTTPSHandler):
            def https_open(self, request):
                return self.do_open(Connection, request)

        opener = urllib.request.build_opener(Handler(), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        opener.addheaders = [("Origin", f"https://{HOST}")]
        return opener
