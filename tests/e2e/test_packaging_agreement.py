"""Names, versions, specifiers and file names mean what PyPA's `packaging` says they mean.

The same generated questions go to `packaging` and to the library (through tests/tools/package_probe.cpp).
Where the library is stricter on purpose, the rule is written out here and checked as well.
"""

import random
import re

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    is_normalized_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
from support.package_probe import PackageProbe, compare, decode, encode
from support.process import ROOT

DATA = ROOT / "tests" / "data"
SEED = 440
VERSIONS = 200_000
PAIRS = 200_000


@pytest.fixture(scope="session")
def probe():
    return PackageProbe()


# --- what is asked -------------------------------------------------------------------------------------------------

def number(rng):
    kind = rng.random()
    if kind < 0.70:
        return str(rng.randrange(0, 12))
    if kind < 0.85:
        return str(rng.randrange(0, 3000))
    if kind < 0.95:
        return "0" * rng.randrange(1, 4) + str(rng.randrange(0, 20))
    return str(rng.randrange(10**18, 10**40))


def spelled(rng, word):
    return "".join(rng.choice((c, c.upper())) if rng.random() < 0.15 else c for c in word)


def segment(rng, words):
    return (rng.choice(("", "", ".", "-", "_")) + spelled(rng, rng.choice(words)) +
            rng.choice(("", "", "", ".", "-", "_")) + (number(rng) if rng.random() < 0.8 else ""))


def release(rng, longest=5):
    return ".".join(number(rng) for _ in range(rng.randrange(1, longest + 1)))


def version(rng, local=True):
    text = rng.choice(("", "", "", "", "", "v", "V"))
    if rng.random() < 0.1:
        text += number(rng) + "!"
    text += release(rng)
    if rng.random() < 0.4:
        text += segment(rng, ("a", "b", "c", "rc", "alpha", "beta", "pre", "preview"))
    if rng.random() < 0.3:
        text += "-" + number(rng) if rng.random() < 0.3 else segment(rng, ("post", "rev", "r"))
    if rng.random() < 0.25:
        text += segment(rng, ("dev",))
    if local and rng.random() < 0.2:
        part = lambda: spelled(rng, rng.choice(("abc", "ubuntu", "g1f2", "cu118", "0", "01", "17", "deb")))
        text += "+" + rng.choice("._-").join(part() for _ in range(rng.randrange(1, 4)))
    if rng.random() < 0.05:
        text = rng.choice(SPACES) + text + rng.choice(SPACES)
    return text


SPACES = ["", " ", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u2028",
          "\u202f", "\u205f", "\u3000", "\u200b", "\ufeff", "\x00"]
JUNK = list("0123456789.-_+!*abcdefprostuvwx ABRC,;()=<>~^/\\%'\"\x00\x7f") + SPACES[1:] + [
    "\u0661", "\uff11", "\u00b2", "\u0967", "\u017f", "\u0131", "\u212a", "\u00e9", "\U0001d7ce", "dev", "post", "rc"]


def mutated(rng, text):
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(0, len(text) + 1)
        kind = rng.random()
        if kind < 0.4:
            text = text[:at] + rng.choice(JUNK) + text[at:]
        elif kind < 0.7:
            text = text[:at] + text[at + 1:]
        elif kind < 0.9:
            text = text[:at] + rng.choice(JUNK) + text[at + 1:]
        else:
            other = rng.randrange(0, len(text) + 1)
            text = text[:at] + text[min(at, other):max(at, other)] + text[at:]
    return text


def lines_of(name):
    text = (DATA / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def versions_to_ask():
    rng = random.Random(SEED)
    texts = [version(rng) for _ in range(VERSIONS // 2)]
    texts += [mutated(rng, rng.choice(texts)) for _ in range(VERSIONS // 2)]
    texts += [line.encode().decode("unicode_escape") for line in lines_of("odd_versions.txt")]
    texts += ["1" * 4000, "1." * 2000 + "1", "1+" + "a." * 3000 + "b", "0" * 4000 + "1"]
    return texts


def parsed(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


# --- versions ------------------------------------------------------------------------------------------------------

def test_versions_are_read_and_written_the_same(probe):
    questions = [("V", text) for text in versions_to_ask()]

    def expect(text):
        v = parsed(text)
        if v is None:
            return "-"
        flags = "".join("01"[f] for f in (v.is_prerelease, v.is_postrelease, v.is_devrelease))
        return " ".join([*(encode(part) for part in (str(v), v.base_version, v.public, v.local or "")), flags])

    expected = [expect(text) for _, text in questions]
    assert expected.count("-") > VERSIONS // 10 and len(expected) - expected.count("-") > VERSIONS // 3
    compare(questions, probe(questions), expected)


def near(rng, text):
    """A version that is close to another: the interesting side of every comparison."""
    changes = (
        lambda t: t + ".0", lambda t: t + ".dev" + number(rng), lambda t: t + ".post" + number(rng),
        lambda t: t + "a" + number(rng), lambda t: t + "+local." + number(rng), lambda t: t + "-1",
        lambda t: re.sub(r"[0-9]+", lambda m: str(int(m.group()) + rng.choice((0, 0, 1))), t),
        lambda t: re.sub(r"(\.0+)+$", "", t), lambda t: t.split("+")[0], lambda t: re.split(r"[a-z+]", t)[0].strip(".-_"),
        lambda t: "1!" + t, lambda t: t,
    )
    return rng.choice(changes)(text)


def small_version(rng):
    text = rng.choice(("", "", "", "", "1!")) + ".".join(str(rng.randrange(0, 3)) for _ in range(rng.randrange(1, 4)))
    if rng.random() < 0.35:
        text += rng.choice(("a", "b", "rc")) + str(rng.randrange(0, 3))
    if rng.random() < 0.3:
        text += ".post" + str(rng.randrange(0, 3))
    if rng.random() < 0.3:
        text += ".dev" + str(rng.randrange(0, 3))
    if rng.random() < 0.2:
        text += "+" + rng.choice(("0", "1", "a", "b.1", "1.a", "10", "ab"))
    return text


def test_versions_are_ordered_the_same(probe):
    rng = random.Random(SEED + 1)
    questions = []
    while len(questions) < PAIRS:
        left = small_version(rng) if rng.random() < 0.5 else version(rng)
        right = near(rng, left) if rng.random() < 0.6 else small_version(rng)
        questions.append(("C", left, right))

    def expect(left, right):
        a, b = parsed(left), parsed(right)
        return "-" if a is None or b is None else str((a > b) - (a < b))

    expected = [expect(left, right) for _, left, right in questions]
    for outcome in ("-1", "0", "1", "-"):
        assert expected.count(outcome) > PAIRS // 100
    compare(questions, probe(questions), expected)


# --- specifiers ----------------------------------------------------------------------------------------------------

OPERATORS = ("~=", "==", "!=", "<=", ">=", "<", ">", "===")


def specifier(rng, make_version):
    text = rng.choice(OPERATORS) + rng.choice(("", "", "", " ", "\t"))
    wanted = make_version(rng)
    if text.startswith(("==", "!=")) and rng.random() < 0.35:
        wanted = re.split(r"[a-zA-Z+-]", wanted.lstrip("vV"))[0].rstrip("._") + ".*"
    return text + wanted


def specifier_set(rng, make_version):
    return rng.choice((",", ",", ", ", " ,", ",,")).join(
        specifier(rng, make_version) for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))))


def read_set(text):
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


# `packaging` takes these letters for "s" and "i" while it reads a specifier ("~=1.0po\u017ft1"), then cannot read the
# version and stops with an AssertionError when the set is used. The library refuses them at once.
FOLDED = re.compile("[\u017f\u0130\u0131]")


def test_specifier_sets_are_read_and_written_the_same(probe):
    rng = random.Random(SEED + 2)
    texts = [specifier_set(rng, rng.choice((small_version, version))) for _ in range(PAIRS // 4)]
    texts += [mutated(rng, rng.choice(texts)) for _ in range(PAIRS // 4)]
    texts += [line.encode().decode("unicode_escape") for line in lines_of("odd_specifiers.txt")]
    texts = [text for text in texts if not FOLDED.search(text)]
    questions = [("S", text) for text in texts]
    expected = [encode(str(found)) if (found := read_set(text)) is not None else "-" for text in texts]
    assert PAIRS // 20 < expected.count("-") < PAIRS // 2
    compare(questions, probe(questions), expected)


def test_specifier_sets_hold_the_same_versions(probe):
    rng = random.Random(SEED + 3)
    questions = []
    while len(questions) < PAIRS:
        text = specifier_set(rng, small_version if rng.random() < 0.7 else version)
        if read_set(text) is None:
            continue
        inside = re.sub(r"\.\*$", "", rng.choice(text.split(",")).strip().lstrip("~=!<>").strip())
        for candidate in (small_version(rng), near(rng, inside), near(rng, near(rng, inside))):
            if parsed(candidate) is not None:
                questions.append(("M", text, candidate))
    expected = []
    for _, text, candidate in questions:
        found, v = SpecifierSet(text), Version(candidate)
        assert found.contains(v) == found.contains(v, prereleases=True)
        expected.append("".join("01"[found.contains(v, prereleases=mode)] for mode in (True, False)))
    assert expected.count("11") > PAIRS // 20 and expected.count("00") > PAIRS // 20 and expected.count("10") > PAIRS // 40
    compare(questions, probe(questions), expected)


def test_specifier_sets_choose_the_same_of_many_versions(probe):
    rng = random.Random(SEED + 4)
    questions, expected = [], []
    modes = {"t": True, "f": False, "n": None}
    while len(questions) < 20_000:
        text = rng.choice(("", specifier_set(rng, small_version)))
        if (found := read_set(text)) is None:
            continue
        versions = [Version(small_version(rng)) for _ in range(rng.randrange(0, 8))]
        mode = rng.choice("tfn")
        questions.append(("L", text, mode, *(str(v) for v in versions)))
        chosen = found.filter(versions, prereleases=modes[mode])
        expected.append(" ".join(["=", *(encode(str(v)) for v in chosen)]))
    compare(questions, probe(questions), expected)


# --- names ---------------------------------------------------------------------------------------------------------

def test_names_are_checked_and_normalised_the_same(probe):
    rng = random.Random(SEED + 5)
    letters = "abzAQZ059--__..-._"
    texts = ["".join(rng.choice(letters) for _ in range(rng.randrange(0, 12))) for _ in range(40_000)]
    texts += [mutated(rng, text) for text in texts[:20_000]]
    texts += [line.split("-")[0] for line in lines_of("filenames.txt")]

    def expect(text):
        try:
            canonicalize_name(text, validate=True)
            valid = True
        except InvalidName:
            valid = False
        return valid, is_normalized_name(text), canonicalize_name(text)

    questions = [("N", text) for text in texts]
    answers, expected = probe(questions), []
    for (_, text), answer in zip(questions, answers, strict=True):
        valid, normalized, normal = expect(text)
        # Other letters than ASCII have no place in a name; what their lower case would be is not asked.
        written = encode(normal) if text.isascii() else answer.split()[1]
        expected.append(f"{valid:d}{normalized:d} {written}")
    assert sum(e.startswith("1") for e in expected) > 5_000
    compare(questions, answers, expected)


# --- file names ----------------------------------------------------------------------------------------------------

def usable(filename):
    """What `packaging` lets through and a key in a bucket must not hold."""
    return filename.isascii() and not re.search(r"[\x00-\x20\x7f/\\]", filename)


def valid_name(name):
    try:
        return bool(canonicalize_name(name, validate=True))
    except InvalidName:
        return False


def expect_wheel(filename):
    try:
        name, v, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    parts = filename[:-4].split("-")
    return ("wheel", parts[0], name, str(v), f"{build[0]}{build[1]}" if build else "", tags) if valid_name(parts[0]) else None


def expect_sdist(filename):
    """As `packaging`; and beyond it the legacy names: two more endings, and versions with a hyphen in them."""
    stem = next((filename[: -len(s)] for s in (".tar.gz", ".zip", ".tar.bz2", ".tgz") if filename.endswith(s)), "")
    if filename.endswith((".tar.gz", ".zip")):
        try:
            name, v = parse_sdist_filename(filename)
            return ("sdist", stem.rpartition("-")[0], name, str(v)) if valid_name(name) and valid_name(stem.rpartition("-")[0]) else None
        except InvalidSdistFilename:
            pass
    for at in reversed([m.start() for m in re.finditer("-", stem)]):
        if at and (v := parsed(stem[at + 1:])) is not None:
            name = stem[:at]
            return ("sdist", name, canonicalize_name(name), str(v)) if valid_name(name) else None
    return None


def check_filenames(probe, filenames):
    questions = [("F", filename) for filename in filenames]
    wrong, taken = [], 0
    for (_, filename), answer in zip(questions, probe(questions), strict=True):
        expected = (expect_wheel(filename) if filename.endswith(".whl") else expect_sdist(filename)) if usable(filename) else None
        if answer == "-" or expected is None:
            if (answer == "-") != (expected is None):
                wrong.append((filename, expected, answer))
            continue
        taken += 1
        kind, *words = answer.split()
        name, normalized, v, build, pythons, abis, platforms = (decode(word) for word in words)
        ours = (kind, name, normalized, v)
        if kind == "wheel":
            tags = {(p.lower(), a.lower(), f.lower()) for p in pythons.split(".") for a in abis.split(".") for f in platforms.split(".")}
            digits = re.match(r"[0-9]*", build).group()
            ours += ((str(int(digits)) if digits else "") + build[len(digits):], tags)
            expected = (*expected[:5], {(t.interpreter, t.abi, t.platform) for t in expected[5]})
        if ours != expected:
            wrong.append((filename, expected, ours))
    assert not wrong, f"{len(wrong)} of {len(filenames)} differ; name, packaging, wheelyard: {wrong[:10]}"
    return taken


def test_file_names_of_real_projects_are_read_the_same(probe):
    filenames = lines_of("filenames.txt")
    assert len(filenames) > 2_000
    assert check_filenames(probe, filenames) > 2_000


def test_odd_file_names_are_read_the_same(probe):
    rng = random.Random(SEED + 6)
    real = lines_of("filenames.txt")
    filenames = [mutated(rng, rng.choice(real)) for _ in range(30_000)]
    filenames += [line.encode().decode("unicode_escape") for line in lines_of("odd_filenames.txt")]
    for _ in range(30_000):
        stem = "-".join((rng.choice(("foo", "Foo_bar", "foo.bar", "foo__bar", "foo_", "_foo", "f", "foo-bar", "1", "é")), version(rng)))
        tags = "-".join((rng.choice(("py3", "py2.py3", "cp39", "3py", "", "py3.")), rng.choice(("none", "abi3", "cp39.abi3")),
                         rng.choice(("any", "linux_x86_64", "manylinux1_i686.manylinux2010_i686", "win32."))))
        build = rng.choice(("", "", "", "-1", "-0", "-007abc", "-x1", "-1_b.2"))
        filenames.append(rng.choice((f"{stem}{build}-{tags}.whl", stem + rng.choice((".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".egg", ".TAR.GZ")))))
    assert check_filenames(probe, filenames) > 5_000
