"""publish, remove and verify as a person uses them."""

import queue
import signal
import subprocess

import pytest
from support.terminal import run_on_terminal
from support.tools import pinned
from support.wheels import truncate


def test_files_folders_and_globs(wheelyard, wheels, folder_repo):
    wheels.wheel("acme", "1.0")
    wheels.sdist("acme", "1.0")
    (wheels.folder / "notes.txt").write_text("no distribution")
    wheels.wheel("acme", "9.9", folder=wheels.folder / "below")
    wheelyard("publish", wheels.folder, repo=folder_repo)
    assert folder_repo.listed("acme") == ["acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz"]
    wheels.wheel("acme", "1.1")
    wheels.wheel("other", "1.0")
    done = wheelyard("publish", f"{wheels.folder}/*.whl", repo=folder_repo)
    assert done.stdout.count("published") == 2 and done.stdout.count("already there") == 1


def test_what_names_nothing_fails(wheelyard, folder_repo, tmp_path):
    (tmp_path / "empty").mkdir()
    for argument in [tmp_path / "empty", tmp_path / "missing.whl", f"{tmp_path}/*.whl"]:
        done = wheelyard("publish", argument, repo=folder_repo, check=False).failed(1)
        assert str(argument) in done.stderr


def test_one_bad_file_and_nothing_is_sent(wheelyard, wheels, repo):
    good = wheels.wheel("acme", "1.0")
    bad = [wheels.wheel("broken", "1.0", damage=truncate), wheels.wheel("liar", "1.0", filename="liar-2.0-py3-none-any.whl")]
    done = wheelyard("publish", good, *bad, repo=repo, check=False).failed(1)
    assert all(path.name in done.stderr for path in bad)
    assert repo.raw.keys() == []
    documents = wheelyard("publish", "--json", good, *bad, repo=repo, check=False).failed(1).json
    assert len(documents["errors"]) == 2 and documents["error"] == documents["errors"][0]


def test_two_files_of_one_name(wheelyard, wheels, folder_repo, tmp_path):
    first = wheels.wheel("acme", "1.0")
    same = wheels.wheel("acme", "1.0", folder=tmp_path / "same")
    other = wheels.wheel("acme", "1.0", folder=tmp_path / "other", files={"extra.py": "x = 1\n"})
    wheelyard("publish", first, same, "--dry-run", repo=folder_repo)
    done = wheelyard("publish", first, other, repo=folder_repo, check=False).failed(1)
    assert str(other) in done.stderr and "same name" in done.stderr
    assert folder_repo.raw.keys() == []


def test_other_bytes_need_force(wheelyard, wheels, repo, tmp_path):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=repo)
    other = wheels.wheel("acme", "1.0", folder=tmp_path / "other", files={"extra.py": "x = 1\n"})
    before = repo.index("acme")["files"]
    refused = wheelyard("publish", other, repo=repo, check=False).failed(1)
    assert "--force" in refused.stderr
    assert repo.index("acme")["files"] == before
    assert "would replace" in wheelyard("publish", "--force", "--dry-run", other, repo=repo).stdout
    assert repo.index("acme")["files"] == before
    assert "replaced" in wheelyard("publish", "--force", other, repo=repo).stdout
    assert repo.raw.read(f"acme/{other.name}") == other.read_bytes()


def test_a_dry_run_sends_nothing(wheelyard, wheels, repo):
    assert "would publish" in wheelyard("publish", "--dry-run", wheels.wheel("acme", "1.0"), repo=repo).stdout
    assert repo.raw.keys() == []


def test_the_printed_install_line_works(wheelyard, wheels, bucket_repo, tool, tmp_path):
    done = wheelyard("publish", wheels.wheel("acme", "1.0"), repo=bucket_repo)
    line = done.stdout.strip().splitlines()[-1].strip()
    assert line.startswith("wheelyard exec --repo s3://") and line.endswith(" -- pip install acme")
    programs = f"{wheelyard.program.parent}:{tool(*pinned('pip'))}:/usr/bin:/bin"
    environment = {**wheelyard.environment(bucket_repo), "PATH": programs, "PIP_TARGET": str(tmp_path / "into")}
    subprocess.run(["bash", "-c", line], env=environment, check=True, timeout=400, capture_output=True)
    assert (tmp_path / "into" / "acme.py").exists()


def test_remove_asks_on_a_terminal(wheelyard, wheels, folder_repo):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=folder_repo)
    command, env = wheelyard.command("remove", "acme", repo=folder_repo), wheelyard.environment(folder_repo)
    status, shown = run_on_terminal(command, env, wheelyard.folder, typed="n\n")
    assert status == 1 and "acme-1.0-py3-none-any.whl" in shown and "nothing was removed" in shown
    assert folder_repo.listed("acme") == ["acme-1.0-py3-none-any.whl"]
    status, shown = run_on_terminal(command, env, wheelyard.folder, typed="\x03")
    assert status == 130
    assert folder_repo.listed("acme") == ["acme-1.0-py3-none-any.whl"]
    status, shown = run_on_terminal(command, env, wheelyard.folder, typed="y\n")
    assert status == 0 and "removed" in shown
    assert not folder_repo.raw.exists("acme/acme-1.0-py3-none-any.whl")


def test_remove_without_a_terminal_wants_yes(wheelyard, wheels, folder_repo):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=folder_repo)
    done = wheelyard("remove", "acme", repo=folder_repo, check=False).failed(2)
    assert "--yes" in done.stderr
    assert "would remove" in wheelyard("remove", "--dry-run", "acme", repo=folder_repo).stdout
    assert folder_repo.listed("acme") == ["acme-1.0-py3-none-any.whl"]
    wheelyard("remove", "--yes", "acme", repo=folder_repo)
    assert not folder_repo.raw.exists("acme/acme-1.0-py3-none-any.whl")


def test_verify_ends_with_1_until_it_is_mended(wheelyard, wheels, repo):
    wheelyard("publish", wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1"), repo=repo)
    assert "all is well" in wheelyard("verify", repo=repo).stdout
    repo.raw.delete("acme/acme-1.1-py3-none-any.whl")
    found = wheelyard("verify", repo=repo, check=False).failed(1)
    assert "acme-1.1-py3-none-any.whl" in found.stdout and "--repair" in found.stderr
    wheelyard("verify", "--repair", "--dry-run", repo=repo, check=False).failed(1)
    assert repo.listed("acme") == ["acme-1.0-py3-none-any.whl", "acme-1.1-py3-none-any.whl"]
    assert "repaired" in wheelyard("verify", "--repair", repo=repo).stdout
    assert repo.listed("acme") == ["acme-1.0-py3-none-any.whl"]
    assert "all is well" in wheelyard("verify", "--deep", repo=repo).stdout
    wheelyard("verify", "--dry-run", repo=repo, check=False).failed(2)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_publish_leaves_nothing_half_written(wheelyard, wheels, bucket_repo, fault_proxy, stop):
    files = [wheels.wheel("acme", f"1.{n}") for n in range(8)]
    proxy = fault_proxy(bucket_repo.endpoint)
    started = queue.Queue()
    proxy.meanwhile(lambda: started.get(timeout=120).send_signal(stop), method="PUT", path=r"\.whl$", after=1)
    process = wheelyard.start("publish", "--jobs", "1", *files, repo=bucket_repo.behind(proxy.url))
    started.put(process)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 128 + stop
    assert out == "" and "published" not in err
    wheelyard("publish", *files, repo=bucket_repo)
    assert len(bucket_repo.listed("acme")) == 8
    assert "all is well" in wheelyard("verify", "--deep", repo=bucket_repo).stdout
