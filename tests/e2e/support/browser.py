"""Headless Chromium, driven by chromedriver over WebDriver's JSON (https://www.w3.org/TR/webdriver2/)."""

import base64
import json
import pathlib
import shutil
import tempfile
import urllib.error
import urllib.request

from support.process import Program, clean_environment, free_port

# Nothing that is not asked for: no updates, no first visit, no name is resolved but this machine's own.
ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps --disable-extensions --disable-dev-shm-usage "
    "--no-proxy-server --hide-scrollbars --force-color-profile=srgb"
).split()
NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


class Browser:
    """A page at a time. `open` begins its record of requests and of what the console says anew."""

    def __init__(self, folder: pathlib.Path):
        folder.mkdir(parents=True, exist_ok=True)
        driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
        assert driver and chromium, "chromium and chromium-driver are missing: scripts/bootstrap --for test"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        # Sockets lie there, whose paths may not be long.
        self.temporary = tempfile.TemporaryDirectory(prefix="wheelyard-browser-", ignore_cleanup_errors=True)
        self.program = Program(
            [driver, f"--port={port}", "--allowed-ips=127.0.0.1"], folder / "chromedriver.log",
            env=clean_environment(folder / "home", TMPDIR=self.temporary.name),
        ).wait_for_port(port, "chromedriver")  # fmt: skip
        options = {
            "binary": chromium,
            "args": [*ARGUMENTS, NO_NAMES, f"--user-data-dir={folder / 'profile'}"],
            "perfLoggingPrefs": {"enableNetwork": True, "enablePage": False},
        }
        wanted = {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }  # fmt: skip
        self.session, self.width = "", 0
        try:
            created = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        except Exception:
            self._end()
            raise
        self.session = f"/session/{created['sessionId']}"

    def stop(self) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._end()

    def _end(self) -> None:
        self.program.stop()
        self.temporary.cleanup()

    def open(self, url: str, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.width = width
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=width < 600)  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        for kind in ("browser", "performance"):
            self.log(kind)
        self._call("POST", "/url", {"url": url})

    def script(self, body: str, *arguments):
        """What the body of a function returns; its arguments are `arguments`."""
        return self._call("POST", "/execute/sync", {"script": body, "args": list(arguments)})

    def click(self, selector: str) -> None:
        element = self._call("POST", "/element", {"using": "css selector", "value": selector})
        self._call("POST", f"/element/{next(iter(element.values()))}/click", {})

    def press(self, keys: str) -> None:
        """Keys for whatever has the focus."""
        actions = [action for key in keys for action in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def complaints(self) -> list[str]:
        """What the console has said since `open`."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.log("browser")]

    def requests(self) -> list[str]:
        """Every URL that was asked for since `open`."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path: pathlib.Path, height: int | None = None) -> pathlib.Path:
        """The whole page, or as much of it from the top."""
        size = self.script("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": min(height or size[1], size[1]), "scale": 1}
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def devtools(self, command: str, **parameters):
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self, kind: str) -> list[dict]:
        return self._call("POST", "/se/log", {"type": kind})

    def _call(self, method: str, path: str, body: dict | None = None):
        request = urllib.request.Request(
            self.url + (self.session if path != "/session" else "") + path, method=method,
            data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=240) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode(errors='replace')[:2000]}") from None
