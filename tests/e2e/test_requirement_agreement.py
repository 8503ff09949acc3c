"""Dependency specifiers and markers mean what PyPA's `packaging` says they mean.

The same generated questions go to `packaging` and to the library. Where the library holds to the standard's grammar and
`packaging` takes more, the rule is written out here.
"""

import random
import re

import pytest
from packaging.markers import InvalidMarker, Marker, UndefinedComparison
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from support.package_probe import PackageProbe, compare, encode
from test_packaging_agreement import mutated, small_version, specifier_set

SEED = 508
REQUIREMENTS = 40_000
MARKERS = 30_000

VARIABLES = (
    "python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform", "platform_release",
    "platform_system", "platform_version", "platform.version", "platform_machine", "platform.machine",
    "platform_python_implementation", "platform.python_implementation", "python_implementation", "implementation_name",
    "implementation_version", "extra",
)  # fmt: skip
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in", "not  in")
TEXTS = ("linux", "win32", "nt", "posix", "CPython", "x86_64", "server", "Web_Server", "", "cpython", "#1 SMP", "6.1.0-13-amd64")
# What the standard's grammar does not have between quotes, and `packaging` reads by Python's rules.
STRANGE = re.compile(r"[\\\x00-\x1f\x7f]")


@pytest.fixture(scope="session")
def probe():
    return PackageProbe()


def blanks(rng):
    return rng.choice(("", "", " ", "  ", "\t"))


def quoted(rng, text):
    quote = "'" if '"' in text else '"' if "'" in text else rng.choice("\"'")
    return quote + text + quote


def value(rng):
    return small_version(rng) + rng.choice(("", "", "", ".*")) if rng.random() < 0.6 else rng.choice(TEXTS)


def comparison(rng):
    sides = [rng.choice(VARIABLES), quoted(rng, value(rng))]
    if rng.random() < 0.2:
        sides.reverse()
    if rng.random() < 0.03:
        sides = [rng.choice(VARIABLES), rng.choice(VARIABLES)]
    operator = rng.choice(OPERATORS)
    around = (lambda: rng.choice((" ", "  ", "\t"))) if operator[0] in "in" or rng.random() < 0.5 else lambda: blanks(rng)
    return sides[0] + around() + operator + around() + sides[1]


def marker(rng, depth=0):
    if depth > 3 or rng.random() < 0.4:
        return comparison(rng)
    parts = [marker(rng, depth + 1) for _ in range(rng.randrange(2, 4))]
    if rng.random() < 0.4:
        parts = [f"({blanks(rng)}{part}{blanks(rng)})" for part in parts]
    text = parts[0]
    for part in parts[1:]:
        text += f" {rng.choice(('and', 'or'))} {part}"
    return text


def name(rng):
    return rng.choice(("acme", "Acme.Lib", "a", "A1", "acme-lib", "acme__lib", "7z"))


def requirement(rng):
    text = blanks(rng) + name(rng) + blanks(rng)
    if rng.random() < 0.3:
        text += f"[{blanks(rng)}" + f"{blanks(rng)},{blanks(rng)}".join(name(rng) for _ in range(rng.randrange(0, 3))) + f"{blanks(rng)}]"
    text += blanks(rng)
    if rng.random() < 0.15:
        text += f"@{blanks(rng)}https://host.invalid/{name(rng)}-1.0.zip" + rng.choice(("", " "))
    elif rng.random() < 0.7:
        versions = specifier_set(rng, small_version)
        text += f"({blanks(rng)}{versions}{blanks(rng)})" if rng.random() < 0.2 else versions
    if rng.random() < 0.4:
        text += f" {blanks(rng)};{blanks(rng)}" + marker(rng)
    return text + blanks(rng)


def read(kind, text):
    try:
        return kind(text)
    except (InvalidMarker, InvalidRequirement):
        return None


def has_texts_only(marker_list) -> bool:
    """A comparison of two texts: refused at once, where `packaging` fails as soon as it is to be decided."""
    for item in marker_list:
        if isinstance(item, list) and has_texts_only(item):
            return True
        if isinstance(item, tuple) and "Variable" not in (type(item[0]).__name__, type(item[2]).__name__):
            return True
    return False


def differs_on_purpose(parsed, marker_of) -> bool:
    return parsed is not None and marker_of is not None and has_texts_only(marker_of._markers)


def test_requirements_are_read_the_same(probe):
    rng = random.Random(SEED)
    texts = [requirement(rng) for _ in range(REQUIREMENTS // 2)]
    texts += [mutated(rng, rng.choice(texts)) for _ in range(REQUIREMENTS // 2)]
    questions, expected = [], []
    for text in texts:
        if STRANGE.sub("", text.replace("\t", "")) != text.replace("\t", ""):
            continue
        parsed = read(Requirement, text)
        if differs_on_purpose(parsed, parsed and parsed.marker):
            continue
        if parsed and any(word.endswith("_") for word in (parsed.name, *parsed.extras)):
            continue  # the standard: a name ends in a letter or digit
        questions.append(("R", text))
        if parsed is None:
            expected.append("-")
            continue
        extras = ",".join(sorted({canonicalize_name(extra) for extra in parsed.extras}))
        words = (parsed.name, extras, str(parsed.specifier), parsed.url or "")
        expected.append(" ".join([*(encode(word) for word in words), "01"[parsed.marker is not None]]))
    assert expected.count("-") > REQUIREMENTS // 10 and len(expected) - expected.count("-") > REQUIREMENTS // 3
    compare(questions, probe(questions), expected)


def environment(rng):
    python = rng.choice(("2.7", "3.6", "3.9", "3.10", "3.11", "3.13"))
    return {
        "python_version": python,
        "python_full_version": python + rng.choice((".0", ".7", ".0rc1")),
        "os_name": rng.choice(("posix", "nt")),
        "sys_platform": rng.choice(("linux", "win32", "darwin")),
        "platform_release": rng.choice(("6.1.0-13-amd64", "10", "22.3.0")),
        "platform_system": rng.choice(("Linux", "Windows")),
        "platform_version": rng.choice(("#1 SMP Debian", "10.0.19045")),
        "platform_machine": rng.choice(("x86_64", "arm64")),
        "platform_python_implementation": rng.choice(("CPython", "PyPy")),
        "implementation_name": rng.choice(("cpython", "pypy")),
        "implementation_version": python + ".1",
        "extra": rng.choice(("", "server", "web-server", "Web_Server", "other")),
    }


def test_markers_are_decided_the_same(probe):
    rng = random.Random(SEED + 1)
    texts = [marker(rng) for _ in range(MARKERS * 2 // 3)]
    texts += [mutated(rng, rng.choice(texts)) for _ in range(MARKERS // 3)]
    questions, expected = [], []
    for text in texts:
        if STRANGE.sub("", text.replace("\t", "")) != text.replace("\t", ""):
            continue
        parsed = read(Marker, text)
        if differs_on_purpose(parsed, parsed):
            continue
        known = environment(rng)
        questions.append(("K", text, *(word for pair in known.items() for word in pair)))
        if parsed is None:
            expected.append("-")
            continue
        try:
            expected.append("yes" if parsed.evaluate(known) else "no")
        except UndefinedComparison:
            expected.append("maybe")
    assert all(expected.count(outcome) > MARKERS // 20 for outcome in ("-", "yes", "no", "maybe"))
    answers = probe(questions)
    # `packaging` gives up at a comparison without a meaning, wherever it stands; the library looks whether it matters.
    compare(*zip(*[trio for trio in zip(questions, answers, expected, strict=True) if trio[2] != "maybe"], strict=True))
    undefined = [answer for answer, theirs in zip(answers, expected, strict=True) if theirs == "maybe"]
    assert undefined.count("maybe") > 2_000 and "-" not in undefined
