"""The completion scripts in the shells themselves."""

import shutil
import subprocess

import pytest


def offers(wheelyard, folder, *words):
    """What bash offers for the last word, with the script loaded as a person loads it."""
    line = " ".join(f"'{word}'" for word in words)
    script = f"""
        eval "$({wheelyard.program} completion bash)"
        compopt() {{ :; }}
        COMP_WORDS=(wheelyard {line}); COMP_CWORD={len(words)}
        $(complete -p wheelyard | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [word for word in done.stdout.splitlines() if word]


def test_bash(wheelyard, tmp_path):
    (tmp_path / "acme-1.0.tar.gz").write_text("x")
    (tmp_path / "wheelhouse").mkdir()
    assert offers(wheelyard, tmp_path, "ya") == ["yank"]
    assert offers(wheelyard, tmp_path, "-r", "x", "comp") == ["completion"]
    assert offers(wheelyard, tmp_path, "publish", "--dr") == ["--dry-run"]
    assert offers(wheelyard, tmp_path, "publish", "ac") == ["acme-1.0.tar.gz"]
    assert offers(wheelyard, tmp_path, "publish", "--repo", "wh") == ["wheelhouse"]
    assert "public-read" in offers(wheelyard, tmp_path, "publish", "--acl", "pub")
    assert offers(wheelyard, tmp_path, "help", "ser") == ["serve"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_reads_it(wheelyard, shell, tmp_path):
    script = tmp_path / f"completion.{shell}"
    script.write_text(wheelyard("completion", shell).stdout)
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n", str(script)], check=True, capture_output=True)


def test_other_shells_are_a_wrong_command_line(wheelyard):
    assert "bash, zsh or fish" in wheelyard("completion", "tcsh", check=False).failed(2).stderr
