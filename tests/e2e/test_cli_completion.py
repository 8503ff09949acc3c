"""The completion scripts in the shells themselves."""

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
    assert offers(wheelyard, tmp_path, "hea") == ["head"]
    assert offers(wheelyard, tmp_path, "cp", "ac") == ["acme-1.0.tar.gz"]
    assert offers(wheelyard, tmp_path, "cp", "-r", "--if-") == ["--if-absent", "--if-match"]
    assert offers(wheelyard, tmp_path, "head", "--sse-c") == ["--sse-c-key-file"]
    assert offers(wheelyard, tmp_path, "head", "--sse-c-key-file", "ac") == ["acme-1.0.tar.gz"]
    assert offers(wheelyard, tmp_path, "cp", "--checksum-algorithm", "CRC6") == ["CRC64NVME"]
    assert offers(wheelyard, tmp_path, "meta", "s") == ["set"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ya", "yank"),
        ("--re", "--repo"),
        ("--repo x unya", "unyank"),
        ("publish --dr", "--dry-run"),
        ("publish --acl public-read-w", "public-read-write"),
        ("completion z", "zsh"),
        ("hea", "head"),
        ("head --sse-c-k", "--sse-c-key-file"),
        ("sync --exact", "--exact-timestamps"),
        ("publish ac", "acme-1.0.tar.gz"),
        ("release prom", "promote"),
        ("--region x release --store y roll", "rollback"),
        ("release push --tak", "--take-over"),
        ("release push ac", "acme-1.0.tar.gz"),
    ],
)
def test_fish(wheelyard, tmp_path, line, offered):
    (tmp_path / "acme-1.0.tar.gz").write_text("x")
    (tmp_path / "completion.fish").write_text(wheelyard("completion", "fish").stdout)
    script = f"source completion.fish; complete -C 'wheelyard {line}'"
    environment = wheelyard.environment()
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert offered in [found.split("\t")[0] for found in done.stdout.splitlines()]


ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'autoload -Uz compinit; compinit -u -D; PS1=; source ./completion.zsh; print LOADED'
zpty -r -m shell seen '*LOADED*LOADED*'
zpty -w -n shell $'{line}\\t'
zpty -r -m shell seen '*{offered}*' && print FOUND
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wheelyard ya", "yank"),
        ("wheelyard --repo x unya", "unyank"),
        ("wheelyard publish --dr", "--dry-run"),
        ("wheelyard publish --acl public-read-w", "public-read-write"),
        ("wheelyard completion z", "zsh"),
        ("wheelyard head --sse-c-k", "--sse-c-key-file"),
        ("wheelyard sync --exact", "--exact-timestamps"),
        ("wheelyard publish ac", "acme-1.0.tar.gz"),
        ("wheelyard release prom", "promote"),
        ("wheelyard --region x release --store y roll", "rollback"),
        ("wheelyard release push --tak", "--take-over"),
        ("wheelyard release push ac", "acme-1.0.tar.gz"),
    ],
)
def test_zsh(wheelyard, tmp_path, line, offered):
    (tmp_path / "acme-1.0.tar.gz").write_text("x")
    (tmp_path / "completion.zsh").write_text(wheelyard("completion", "zsh").stdout)
    script = ZSH.replace("{line}", line).replace("{offered}", offered)
    environment = {**wheelyard.environment(), "TERM": "dumb"}
    done = subprocess.run(["zsh", "-f", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert "FOUND" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_reads_it(wheelyard, shell, tmp_path):
    script = tmp_path / f"completion.{shell}"
    script.write_text(wheelyard("completion", shell).stdout)
    subprocess.run([shell, "-n", str(script)], check=True, capture_output=True)


def test_other_shells_are_a_wrong_command_line(wheelyard):
    assert "bash, zsh or fish" in wheelyard("completion", "tcsh", check=False).failed(2).stderr
