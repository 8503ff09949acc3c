"""A bucket's website, as S3 serves it: `index.html` of a folder, files as they are; without credentials."""

import http.server
import threading
from urllib.parse import unquote, urlsplit

from compat_support.places import Place


class Website:
    def __init__(self, place: Place):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                key = unquote(urlsplit(self.path).path).lstrip("/")
                key += "index.html" if key.endswith("/") else ""
                try:
                    answer = place.client.get_object(Bucket=place.bucket, Key=key)
                except place.client.exceptions.NoSuchKey:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", answer["ContentType"])
                self.end_headers()
                self.wfile.write(answer["Body"].read())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> "Website":
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
