"""The examples of docs/python.md, as they stand there, one after the other."""

import contextlib
import io
import re

from conftest import Place
from support.process import ROOT
from support.wheels import WheelFactory

PAGE = (ROOT / "docs/python.md").read_text()


def test_the_examples_run(bucket: Place, tmp_path, monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 8
    for name, value in bucket.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    for version in ("1.0", "1.1"):
        WheelFactory(tmp_path / "dist").wheel("acme", version)
    (tmp_path / "build").mkdir()
    (tmp_path / "build/index.html").write_text("<p>")
    (tmp_path / "build/left.tmp").write_text("")
    script = "\n".join(blocks).replace("my-bucket", bucket.bucket)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "docs/python.md", "exec"), {})
    printed = out.getvalue()
    assert "b'1,2\\n'" in printed and "X-Amz-Signature" in printed and "cannot read" in printed
    assert "['acme'] ['acme-1.0-py3-none-any.whl', 'acme-1.1-py3-none-any.whl']" in printed and printed.count("True") == 1
    assert (tmp_path / "mirror/index.html").read_text() == "<p>" and not (tmp_path / "mirror/left.tmp").exists()
    assert bucket.raw.read("data/reports/copy.csv") == bucket.raw.read("data/reports/today.csv") or b"a,b" in bucket.raw.read("data/reports/copy.csv")
    assert bucket.raw.head("data/reports/big.bin")["ContentLength"] == 100_000_000
    assert "{'qa': '1.0', 'staging': '1.0', 'production': None}" in printed and "other_version" in printed
    assert (tmp_path / "staging-app").read_bytes() == b"first build"
    assert re.search(r"^gate .*--note.*\ndone\n", printed, re.MULTILINE)
    assert [action for action in re.findall(r"\('(\w+)', '\w+', '", printed)] == ["push", "promote", "push", "promote", "rollback"]
    assert bucket.raw.exists("prod/acme/acme-1.1-py3-none-any.whl") and not bucket.raw.exists("prod/acme/acme-1.0-py3-none-any.whl")
