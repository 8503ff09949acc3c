"""What real projects publish is accepted: nothing that the inspection refuses stands in the way of a real file."""

import subprocess

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from support import real_distributions
from test_packaging_agreement import decode, encode, find_probe


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_real_distributions_are_accepted_and_read_right():
    listed = real_distributions.listed()
    assert len(listed) >= 40
    paths = real_distributions.fetch()
    lines = "".join(f"I {encode(str(path))}\n" for path in paths)
    done = subprocess.run([find_probe()], input=lines, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    wrong = []
    for distribution, path, answer in zip(listed, paths, done.stdout.splitlines(), strict=True):
        kind, *words = answer.split()
        if kind == "-":
            wrong.append(f"{distribution.filename} ({distribution.why}): {decode(words[0])}")
            continue
        name, version = distribution.requirement.split("==")
        assert decode(words[0]) == canonicalize_name(name)
        assert Version(decode(words[1])) == Version(version)
        assert words[2] == distribution.sha256
        assert int(words[3]) == path.stat().st_size
    assert not wrong, "\n".join(wrong)
