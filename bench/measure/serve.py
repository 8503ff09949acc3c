"""`serve` from a folder beside pypiserver and nginx: index pages a second, and one big file."""

import json
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator

from support.process import Program, free_port
from support.servers import Nginx
from support.wheels import make_wheel

from measure.context import PASTE, PYPISERVER, WATCHDOG, Context, median
from measure.report import Goal, Table

HTML = "application/vnd.pypi.simple.v1+html"
JSON = "application/vnd.pypi.simple.v1+json"


def measure(context: Context) -> Iterator[Table]:
    yield pages(context)
    yield big_file(context)


def serve(context: Context, repo) -> tuple[Program, str]:
    """Our server with its log in a file, and its URL without a slash at the end."""
    command = [context.wheelyard, "serve", "--repo", repo.url, "--port", "0", "--no-upstream"]
    program = context.keep(Program(command, context.fresh("serve") / "log", context.env(repo)))
    address = re.compile(r"http://127\.0\.0\.1:\d+")
    program.wait_until(lambda: address.search(program.log.read_text()) is not None, "wheelyard serve")
    return program, address.search(program.log.read_text()).group(0)


def pypiserver(context: Context, folder: pathlib.Path, *requirements: str, options: tuple = ()) -> tuple[Program, str]:
    port = free_port()
    command = [context.tool(PYPISERVER, *requirements) / "pypi-server", "run", "-i", "127.0.0.1", "-p", port,
               "--disable-fallback", *options, folder]  # fmt: skip
    program = context.keep(Program(command, context.fresh("pypiserver") / "log", context.env()))
    return program.wait_for_port(port, "pypiserver"), f"http://127.0.0.1:{port}"


def pages(context: Context) -> Table:
    files = 50
    wheels = context.fresh("wheels")
    made = [make_wheel(wheels, "acme", f"1.{i}", padding=2_000) for i in range(files)]
    repo = context.repository("folder")
    context.publish(repo, *made)
    table = Table(
        f"An index page of {files} files, 16 connections (wrk)",
        ["server", "requests a second", "median ms", "99 % ms", "errors", "peak RSS MiB", "÷ pypiserver"],
    )
    ours, our_url = serve(context, repo)
    nginx = context.keep(Nginx(repo.folder, context.fresh("nginx")))
    plain, plain_url = pypiserver(context, wheels)
    tuned, tuned_url = pypiserver(context, wheels, WATCHDOG, PASTE, options=("--backend", "cached-dir", "--server", "paste"))
    peer = load(context, f"{plain_url}/simple/acme/", HTML)
    page = load(context, f"{our_url}/simple/acme/", HTML)
    results = [
        (f"{PYPISERVER.replace('==', ' ')}, as installed", plain, peer),
        ("the same with watchdog's cache and paste", tuned, load(context, f"{tuned_url}/simple/acme/", HTML)),
        ("wheelyard, HTML", ours, page),
        ("wheelyard, JSON", ours, load(context, f"{our_url}/simple/acme/", JSON)),
        ("nginx, HTML", nginx.program, load(context, f"{nginx.url}/acme/", HTML)),
    ]
    for name, program, (rate, middle, late, errors) in results:
        table.add(name, rate, middle, late, errors, peak_rss(program.process.pid) / 2**20, rate / peer[0])
    for _, program, _ in results:
        program.stop()
    table.notes.append("Each server writes its access log to a file, except pypiserver, which writes none by itself.")
    table.goals.append(Goal("index pages a second, ours ÷ pypiserver's", page[0] / peer[0], 50, at_least=True))
    return table


def load(context: Context, url: str, accept: str) -> tuple[float, float, float, int]:
    """Requests a second, latency in ms (median, 99 %), failed requests."""
    seconds = 2 if context.quick else 6
    done = subprocess.run(
        ["wrk", "-t2", "-c16", f"-d{seconds}s", "--latency", "-H", f"Accept: {accept}", url],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    text = done.stdout

    def latency(percent: str) -> float:
        value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", text).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    faults = re.findall(r"(?:Non-2xx or 3xx responses|Socket errors): (.*)", text)
    errors = sum(int(count) for line in faults for count in re.findall(r"\d+", line))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), latency("50"), latency("99"), errors


def big_file(context: Context) -> Table:
    size = (64 if context.quick else 512) * 2**20
    repo = context.repository("folder")
    wheel = big_wheel(context.fresh("big"), size)
    context.publish(repo, wheel)
    shutil.rmtree(wheel.parent)
    ours, our_url = serve(context, repo)
    nginx = context.keep(Nginx(repo.folder, context.fresh("nginx")))
    table = Table(
        f"A file of {size >> 20} MiB, streamed", ["server", "MB a second", "four at once, MB a second", "peak RSS MiB"]
    )
    rates = {}
    for name, url, program in (
        ("nginx", f"{nginx.url}/acme-big/{wheel.name}", nginx.program),
        ("wheelyard", url_of(our_url, wheel.name), ours),
    ):
        download(url, 1)
        rates[name] = median(size / download(url, 1) for _ in range(3 if context.quick else 7)) / 1e6
        four = median(4 * size / download(url, 4) for _ in range(2 if context.quick else 3)) / 1e6
        table.add(name, rates[name], four, peak_rss(program.process.pid) / 2**20)
    resident = peak_rss(ours.process.pid) / 2**20
    ours.stop()
    nginx.stop()
    table.notes.append("nginx has worker processes: its peak RSS is that of all of them together.")
    table.goals.append(Goal("a big file, our MB a second ÷ nginx's", rates["wheelyard"] / rates["nginx"], 0.5, at_least=True))
    table.goals.append(Goal("wheelyard serve, peak RSS MiB", resident, 32))
    return table


def big_wheel(folder: pathlib.Path, size: int) -> pathlib.Path:
    """A wheel with one member that does not compress, stored as it is."""
    small = make_wheel(folder, "acme-big", "1.0", padding=size)
    stored = folder / "stored.whl"
    with zipfile.ZipFile(small) as old, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as new:
        for member in old.infolist():
            with old.open(member) as source, new.open(zipfile.ZipInfo(member.filename, (2020, 1, 1, 0, 0, 0)), "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    stored.replace(small)
    return small


def url_of(server: str, filename: str) -> str:
    """Where the index page says that the file is."""
    page = f"{server}/simple/acme-big/"
    with urllib.request.urlopen(urllib.request.Request(page, headers={"Accept": JSON}), timeout=10) as reply:
        files = json.load(reply)["files"]
    return urllib.parse.urljoin(page, next(f["url"] for f in files if f["filename"] == filename))


def download(url: str, at_once: int) -> float:
    """Seconds for so many downloads at once, thrown away."""
    started = time.perf_counter()
    running = [subprocess.Popen(["curl", "-sf", "-o", "/dev/null", url]) for _ in range(at_once)]
    if any([process.wait(120) for process in running]):
        raise RuntimeError(f"curl could not read {url}")
    return time.perf_counter() - started


def peak_rss(pid: int) -> int:
    """Of a process and its children, in bytes."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    own = int(re.search(r"VmHWM:\s+(\d+) kB", text).group(1)) * 1024
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(peak_rss(int(child)) for child in children)
