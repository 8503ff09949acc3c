"""MinIO's own log of requests: it sends a line a request (its audit log) to a listener here."""

import json
import threading
import time

from support.loopback import Handler, LoopbackServer


class AuditLog:
    """`env` goes to start_minio. Lines come a moment after the request: `settled` waits until no more do."""

    def __init__(self):
        self.lines: list[dict] = []
        self.lock = threading.Lock()
        log = self

        class WebhookHandler(Handler):
            def do_POST(self):  # noqa: N802
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                decoder, at = json.JSONDecoder(), 0
                while at < len(data.rstrip()):
                    line, at = decoder.raw_decode(data, at)
                    at += len(data[at:]) - len(data[at:].lstrip())
                    with log.lock:
                        log.lines.append(line)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = LoopbackServer(WebhookHandler)
        url = f"{self.server.url}/"
        self.env = {"MINIO_AUDIT_WEBHOOK_ENABLE_TEST": "on", "MINIO_AUDIT_WEBHOOK_ENDPOINT_TEST": url}

    def settled(self, quiet: float = 0.7, most: float = 20) -> list[str]:
        """The names of the calls, as "GetObject", in the order in which they came, since the last time that it was asked."""
        deadline = time.monotonic() + most
        count = -1
        while count != len(self.lines) and time.monotonic() < deadline:
            count = len(self.lines)
            time.sleep(quiet)
        with self.lock:
            calls = [line["api"]["name"] for line in self.lines if line.get("api", {}).get("name")]
            self.lines.clear()
        return calls

    def stop(self) -> None:
        self.server.stop()
