"""Faults of the network between a client and a server, by toxiproxy: slow, cut and silent connections."""

import json
import pathlib
import urllib.request
from urllib.parse import urlsplit

from support import aftermath
from support.process import Program, clean_environment, free_port, give_back, script_output


class Toxiproxy:
    def __init__(self, folder: pathlib.Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = [script_output("servers", "--path", "toxiproxy"), "-host", "127.0.0.1", "-port", self.port]
        self.program = Program(command, folder / "toxiproxy.log", clean_environment(folder / "home"))
        self.program.wait_for_port(self.port, "toxiproxy")

    def call(self, method: str, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def proxy(self, upstream: str) -> "Proxy":
        """A fresh proxy before `upstream` (a URL)."""
        port = free_port()
        name = f"proxy-{port}"
        target = urlsplit(upstream).netloc
        self.call("POST", "/proxies", {"name": name, "listen": f"127.0.0.1:{port}", "upstream": target, "enabled": True})
        made = Proxy(self, name, f"http://127.0.0.1:{port}")
        aftermath.between[made.url] = upstream
        return made

    def stop(self) -> None:
        self.program.stop()


class Proxy:
    def __init__(self, owner: Toxiproxy, name: str, url: str):
        self.owner, self.name, self.url = owner, name, url

    def add(self, toxic: str, stream: str = "downstream", toxicity: float = 1.0, **attributes) -> None:
        """One of toxiproxy's toxics: add("latency", latency=500), add("timeout", timeout=0), add("limit_data", bytes=0),
        add("reset_peer", timeout=0), add("bandwidth", rate=10), add("slicer", ...). `upstream` is client to server."""
        body = {"name": f"{toxic}-{stream}", "type": toxic, "stream": stream, "toxicity": toxicity, "attributes": attributes}
        self.owner.call("POST", f"/proxies/{self.name}/toxics", body)

    def heal(self) -> None:
        for toxic in self.owner.call("GET", f"/proxies/{self.name}/toxics"):
            self.owner.call("DELETE", f"/proxies/{self.name}/toxics/{toxic['name']}")

    def set_enabled(self, enabled: bool) -> None:
        """Off: connections are refused."""
        self.owner.call("POST", f"/proxies/{self.name}", {"enabled": enabled})

    def remove(self) -> None:
        self.owner.call("DELETE", f"/proxies/{self.name}")
        aftermath.between.pop(self.url, None)
        give_back(urlsplit(self.url).port)
