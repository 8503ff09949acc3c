"""Asks tests/tools/package_probe.cpp, for comparison with PyPA's code."""

import os
import pathlib
import subprocess

from support.process import ROOT


def find_probe() -> pathlib.Path:
    """Beside the program under test, or in the newest build."""
    if program := os.environ.get("WHEELYARD_BIN"):
        return pathlib.Path(program).parent / "package_probe"
    built = sorted(ROOT.glob("build/*/bin/package_probe"), key=lambda path: path.stat().st_mtime)
    return built[-1] if built else ROOT / "build/dev/bin/package_probe"


class PackageProbe:
    """Many questions at once: a list of (letter, text…) to a list of answers."""

    def __init__(self):
        self.program = find_probe()
        assert self.program.exists(), f"{self.program} is not there: cmake --build build/dev --target package_probe"

    def __call__(self, questions: list[tuple]) -> list[str]:
        lines = [" ".join([q[0], *(encode(text) for text in q[1:])]) for q in questions]
        done = subprocess.run(
            [self.program], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        answers = done.stdout.splitlines()
        assert len(answers) == len(questions)
        return answers


def encode(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").hex() or "_"


def decode(word: str) -> str:
    return "" if word == "_" else bytes.fromhex(word).decode("utf-8", "surrogateescape")


def compare(questions, answers, expected) -> None:
    wrong = [(q, theirs, ours) for q, ours, theirs in zip(questions, answers, expected, strict=True) if ours != theirs]
    assert not wrong, f"{len(wrong)} of {len(questions)} differ; question, packaging, wheelyard: {wrong[:10]}"
