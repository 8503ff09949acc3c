"""tidy.py CLANG-TIDY ROOT CACHE [FILE…]: clang-tidy over many files at once, remembering what passed.

A file passed under a digest of: the checker's version and configuration, the file, and every project header (any header
may be included by any file, so a changed header checks everything again).
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys


def digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:32]


def main(tidy: str, root: pathlib.Path, cache: pathlib.Path, chosen: list[str]) -> int:
    database = root / "build" / "dev" / "compile_commands.json"
    if not database.exists():
        print("tidy: build/dev is not configured; run: cmake --preset dev", file=sys.stderr)
        return 1
    known = {os.path.realpath(entry["file"]) for entry in json.loads(database.read_text())}
    wanted = [os.path.realpath(f) for f in chosen] or [str(p.resolve()) for p in sorted((root / "src").rglob("*.cpp"))]
    headers = sorted((root / "src").rglob("*.hpp"))
    version = subprocess.run([tidy, "--version"], capture_output=True, check=True).stdout
    common = digest(version, (root / ".clang-tidy").read_bytes(), *(h.read_bytes() for h in headers))
    cache.mkdir(parents=True, exist_ok=True)

    def check(path: str) -> tuple[str, str | None]:
        mark = cache / digest(common.encode(), os.path.relpath(path, root).encode(), pathlib.Path(path).read_bytes())
        if mark.exists():
            return path, None
        # g++'s own warning options are no concern of this checker.
        command = [tidy, "-p", str(database.parent), "--quiet", "--extra-arg=-Wno-unknown-warning-option", path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            mark.touch()
            return path, None
        return path, done.stdout + (done.stderr if "error:" in done.stderr or not done.stdout else "")

    faults = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, output in pool.map(check, [p for p in wanted if p in known]):
            if output is not None:
                faults += 1
                print(f"== {os.path.relpath(path, root)}\n{output}")
    print(f"tidy: {len(wanted)} files, {faults} with findings")
    return 1 if faults or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:]))
