"""Faults of single HTTP requests between a client and a server: the answer to this PUT is lost, that GET is denied.

It also records every request, so a test can count them and look at what was sent. The Host header passes through as the
client signed it, so signatures stay valid.
"""

import http.client
import re
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from support import aftermath
from support.loopback import Handler, LoopbackServer

ENDLESS = 300  #: seconds
S3_ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'


@dataclass
class Rule:
    """The first rule that fits a request decides; it stops fitting after `times` uses."""

    method: str = ".*"  #: regular expressions over the whole method and (search) over the path with its query
    path: str = ""
    times: int | None = None
    after: int = 0  #: lets so many fitting requests pass first
    used: int = 0
    action: str = "pass"
    status: int = 500
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    hook: Callable[[], None] | None = None
    signed_by: str = ""  #: only requests that are signed with this access key


@dataclass
class Recorded:
    method: str
    path: str
    headers: dict[str, str]
    status: int | None  #: as the server gave it; None: the request never reached it


class FaultProxy:
    """Actions, each a method that adds a rule: `answer`, `deny`, `lose_answer`, `refuse`, `truncate`, `delay`, `hang`, `endless`,
    `fail_after_acting`, `strike`, `meanwhile`, `change`, `damage`, `hide_absence`."""

    def __init__(self, upstream: str):
        self.upstream = urlsplit(upstream)
        self.rules: list[Rule] = []
        self.requests: list[Recorded] = []
        self.outlasted: list[str] = []  #: endless answers whose clients never left, by path
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        proxy = self

        class ProxyHandler(Handler):
            def handle_any(self):
                proxy.handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        self.server = LoopbackServer(ProxyHandler)
        self.url = self.server.url
        aftermath.between[self.url] = upstream

    def answer(self, status: int, method=".*", path="", body: bytes = b"", headers=None, times=None, after=0) -> None:
        """The server never sees the request; the client gets this."""
        self.add(Rule(method, path, times, after, 0, "answer", status, body, headers or {}))

    def deny(self, status=403, code="AccessDenied", method=".*", path="", times=None, after=0, signed_by="") -> None:
        """The same, as S3 would say it."""
        body, headers = S3_ERROR.format(code=code).encode(), {"Content-Type": "application/xml"}
        self.add(Rule(method, path, times, after, 0, "answer", status, body, headers, signed_by=signed_by))

    def lose_answer(self, method=".*", path="", times=1, after=0) -> None:
        """The server does it; the connection breaks before the client learns."""
        self.add(Rule(method, path, times, after, 0, "lose"))

    def refuse(self, method=".*", path="", times=None, after=0) -> None:
        """The connection breaks before the server sees the request."""
        self.add(Rule(method, path, times, after, 0, "refuse"))

    def truncate(self, method=".*", path="", times=None, after=0) -> None:
        """Half of the answer's body, under the whole one's Content-Length; then the connection ends."""
        self.add(Rule(method, path, times, after, 0, "truncate"))

    def delay(self, seconds: float, method=".*", path="", times=None, after=0) -> None:
        self.add(Rule(method, path, times, after, 0, "delay", seconds=seconds))

    def hang(self, method=".*", path="", times=None, after=0) -> None:
        """No answer, for as long as the client waits for one; the server never sees the request."""
        self.add(Rule(method, path, times, after, action="hang"))

    def endless(self, method=".*", path="", status=200, body=b"x" * 65536, headers=None, times=None, after=0) -> None:
        """A body that goes on for ever (until the client leaves): in chunks, or under a Content-Length among `headers`. A client
        that does not leave is noted in `outlasted`, and the fixture fails its test."""
        self.add(Rule(method, path, times, after, 0, "endless", status, body, headers or {}))

    def strike(self, hook: Callable[[], None], acted: bool, method=".*", path="", times=1, after=0) -> None:
        """Calls `hook`, before the server sees the request or after it has `acted`; then the connection breaks."""
        self.add(Rule(method, path, times, after, action="strike_acted" if acted else "strike", hook=hook))

    def meanwhile(self, hook: Callable[[], None], method=".*", path="", times=1, after=0) -> None:
        """Calls `hook` when a request has begun, before its body is taken; then all goes on."""
        self.add(Rule(method, path, times, after, action="meanwhile", hook=hook))

    def kill_at(
        self, number: int, acted: bool, start: Callable[[], subprocess.Popen]
    ) -> tuple[subprocess.Popen, str, str]:
        """The program that `start` starts, killed by `strike` at its request of that number; what it came to and has said."""
        started = threading.Event()
        processes = []

        def kill():
            started.wait(120)
            processes[0].kill()
            processes[0].wait(120)

        self.strike(kill, acted, after=number)
        processes.append(start())
        started.set()
        out, err = processes[0].communicate(timeout=400)
        return processes[0], out, err

    def change(self, edit: Callable[[bytes], bytes], method="GET", path="", times=None, after=0, headers=None) -> None:
        """The server's answer with another body and Content-Length, and `headers` beside its own."""
        self.add(Rule(method, path, times, after, action="change", hook=edit, headers=headers or {}))

    def echo(self, status=400, method=".*", path="", times=None) -> None:
        """An error whose message holds all headers of the request."""
        self.add(Rule(method, path, times, 0, action="echo", status=status))

    def damage(self, edit: Callable[[bytes], bytes], method="PUT", path="", times=None, after=0) -> None:
        """The server gets another body than the client has sent."""
        self.add(Rule(method, path, times, after, action="damage", hook=edit))

    def fail_after_acting(self, status=500, code="InternalError", method=".*", path="", times=1, after=0) -> None:
        """The server does it, and the client is told of an error."""
        body = S3_ERROR.format(code=code).encode()
        self.add(Rule(method, path, times, after, 0, "fail_after_acting", status, body, {"Content-Type": "application/xml"}))

    def hide_absence(self, method="GET|HEAD", path="") -> None:
        """404 becomes 403, as Amazon answers where s3:ListBucket is not allowed."""
        self.add(Rule(method, path, action="hide_absence"))

    def add(self, rule: Rule) -> None:
        with self.lock:
            self.rules.append(rule)

    def heal(self) -> None:
        with self.lock:
            self.rules.clear()

    def count(self, method: str = ".*", path: str = "") -> int:
        return sum(1 for r in self.requests if re.fullmatch(method, r.method) and re.search(path, r.path))

    def count_signed(self, access_key: str) -> int:
        return sum(1 for r in self.requests if any(f"Credential={access_key}/" in value for value in r.headers.values()))

    def stop(self) -> None:
        self.stopped.set()
        self.server.stop()
        aftermath.between.pop(self.url, None)

    def rule_for(self, method: str, path: str, authorization: str) -> Rule:
        with self.lock:
            for rule in self.rules:
                if not re.fullmatch(rule.method, method) or not re.search(rule.path, path):
                    continue
                if rule.signed_by and f"Credential={rule.signed_by}/" not in authorization:
                    continue
                if rule.times is not None and rule.used >= rule.times + rule.after:
                    continue
                rule.used += 1
                if rule.used > rule.after:
                    return rule
        return Rule()

    def handle(self, client: Handler) -> None:
        rule = self.rule_for(client.command, client.path, client.headers.get("Authorization", ""))
        if rule.action == "meanwhile":
            rule.hook()
        body = self.read_body(client)
        record = Recorded(client.command, client.path, dict(client.headers), None)
        with self.lock:
            self.requests.append(record)
        if rule.action == "strike":
            rule.hook()
        if rule.action == "hang":
            self.wait_until_it_leaves(client)
        if rule.action in ("refuse", "strike", "hang"):
            return self.hang_up(client)
        if rule.action == "answer":
            record.status = rule.status
            return self.reply(client, rule.status, rule.headers, rule.body)
        if rule.action == "echo":
            record.status = rule.status
            text = escape("\n".join(f"{name}: {value}" for name, value in client.headers.items()))
            answer = f"<Error><Code>InvalidRequest</Code><Message>{text}</Message></Error>".encode()
            return self.reply(client, rule.status, {"Content-Type": "application/xml"}, answer)
        if rule.action == "endless":
            return self.reply_endlessly(client, rule, self.outlasted)
        if rule.action == "delay":
            time.sleep(rule.seconds)
        if rule.action == "damage":
            body = rule.hook(body)
        status, headers, answer = self.forward(client, body)
        record.status = status
        if rule.action == "strike_acted":
            rule.hook()
        if rule.action in ("lose", "strike_acted"):
            return self.hang_up(client)
        if rule.action == "truncate":
            client.close_connection = True
            return self.reply(client, status, headers, answer[: len(answer) // 2], len(answer))
        if rule.action == "fail_after_acting":
            return self.reply(client, rule.status, rule.headers, rule.body)
        if rule.action == "hide_absence" and status == 404:
            status, headers = 403, {"Content-Type": "application/xml"}
            answer = S3_ERROR.format(code="AccessDenied").encode()
        if rule.action == "change":
            replaced = {name.lower() for name in rule.headers}
            answer, headers = rule.hook(answer), {n: v for n, v in headers.items() if n.lower() not in replaced} | rule.headers
        return self.reply(client, status, headers, answer)

    @staticmethod
    def read_body(client) -> bytes:
        if client.headers.get("Expect", "").lower() == "100-continue":
            pass  # the base class has answered it already
        if client.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(client.rfile.readline().split(b";")[0], 16):
                parts.append(client.rfile.read(size))
                client.rfile.readline()
            while client.rfile.readline().strip():
                pass
            return b"".join(parts)
        return client.rfile.read(int(client.headers.get("Content-Length") or 0))

    def forward(self, client, body: bytes):
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=240)
        try:
            connection.putrequest(client.command, client.path, skip_host=True, skip_accept_encoding=True)
            for name, value in client.headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "content-length", "expect"):
                    connection.putheader(name, value)
            if body or client.command in ("PUT", "POST"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()

    @staticmethod
    def reply(client, status: int, headers: dict[str, str], body: bytes, length: int | None = None) -> None:
        client.send_response_only(status)
        announced = None
        for name, value in headers.items():
            if name.lower() == "content-length":
                announced = value
            elif name.lower() not in ("connection", "transfer-encoding"):
                client.send_header(name, value)
        if client.command == "HEAD":
            client.send_header("Content-Length", announced or "0")
        elif status not in (204, 304):
            client.send_header("Content-Length", str(len(body) if length is None else length))
        client.end_headers()
        if client.command != "HEAD":
            client.wfile.write(body)
            client.wfile.flush()

    @staticmethod
    def reply_endlessly(client, rule: Rule, outlasted: list[str]) -> None:
        client.close_connection = True
        client.send_response_only(rule.status)
        for name, value in rule.headers.items():
            client.send_header(name, value)
        chunk = rule.body
        if "Content-Length" not in rule.headers:
            client.send_header("Transfer-Encoding", "chunked")
            chunk = b"%x\r\n%s\r\n" % (len(rule.body), rule.body)
        client.end_headers()
        deadline = time.monotonic() + ENDLESS  # an end to the endless: a client that never leaves fails its test instead
        while time.monotonic() < deadline:
            client.wfile.write(chunk)
        outlasted.append(client.path)

    def wait_until_it_leaves(self, client) -> None:
        """A client that waits for an answer sends nothing more: what can be read then is its end."""
        while not self.stopped.is_set():
            if select.select([client.connection], [], [], 0.05)[0]:
                return

    @staticmethod
    def hang_up(client) -> None:
        client.close_connection = True
        try:
            client.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
