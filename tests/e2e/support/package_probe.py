"""Asks tests/tools/package_probe.cpp, for comparison with PyPA's code."""

import subprocess

from support.process import built_program


class PackageProbe:
    """Many questions at once: a list of (letter, text…) to a list of answers."""

    def __init__(self):
        self.program = built_program("package_probe")

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
