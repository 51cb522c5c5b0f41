"""A real SMTP server on this machine, for as long as a test needs it. What it was given is in `mails`."""

import contextlib
import email
import email.message
import socketserver
import threading
from email import policy


class MailServer(socketserver.ThreadingTCPServer):
    """`refuses`: it takes no mail. `refused`: addresses that it does not take. `hangs`: it never answers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails: list[email.message.EmailMessage] = []
        self.refuses, self.hangs, self.refused = False, False, set()
        self.ends = threading.Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=desk@clinic.example"


class _Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to send a mail."""

    def handle(self) -> None:
        if self.server.hangs:
            self.server.ends.wait()
            return
        self._say("220 ready" if not self.server.refuses else "421 not now")
        while line := self.rfile.readline().decode().strip():
            command = line.split(" ")[0].upper()
            if command == "RCPT" and any(address in line for address in self.server.refused):
                self._say("550 nobody has this address")
            elif command == "DATA":
                self._say("354 go on")
                self._take()
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextlib.contextmanager
def mail_server():
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ends.set()
            server.shutdown()
            thread.join()
