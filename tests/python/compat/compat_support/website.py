"""A bucket's website, as S3 serves it: `index.html` of a folder, files as they are; without credentials."""

from urllib.parse import unquote, urlsplit

from compat_support.places import Place
from support.loopback import Handler, LoopbackServer


class Website:
    def __init__(self, place: Place):
        class WebsiteHandler(Handler):
            protocol_version = "HTTP/1.0"  # an answer ends with its connection

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

        self.server = LoopbackServer(WebsiteHandler)
        self.url = self.server.url

    def __enter__(self) -> "Website":
        return self

    def __exit__(self, *_):
        self.server.stop()
