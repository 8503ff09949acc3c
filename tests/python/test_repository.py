"""Repository: publish, list, yank, remove, verify."""

import subprocess
import sys

import pytest
import wheelyard
from conftest import Place
from support.wheels import WheelFactory, truncate


@pytest.fixture
def wheels(tmp_path) -> WheelFactory:
    return WheelFactory(tmp_path / "dist")


def test_the_life_of_a_wheel(place: Place, wheels: WheelFactory, tmp_path):
    repository = wheelyard.Repository(f"{place.url}/py", **place.settings)
    assert repository.projects() == []
    first, second = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "2.0")
    events = []
    report = repository.publish(first.parent, progress=events.append)
    assert [(file.outcome, file.project, file.version) for file in report.files] == [
        ("published", "acme", "1.0"), ("published", "acme", "2.0")]  # fmt: skip
    assert report.projects == ["acme"] and report.files[0].size == first.stat().st_size
    assert events and all(isinstance(event, wheelyard.ProgressEvent) for event in events)
    assert repository.publish([first]).files[0].outcome == "unchanged"
    assert repository.projects() == ["acme"]
    files = repository.files("ACME")
    assert [(file.filename, file.version, file.yanked) for file in files] == [
        (first.name, "1.0", False), (second.name, "2.0", False)]  # fmt: skip
    assert files[0].hashes["sha256"] == report.files[0].sha256 and files[0].upload_time.tzinfo

    assert [file.filename for file in repository.yank("acme==1.0", "broken")] == [first.name]
    assert (repository.files("acme")[0].yanked, repository.files("acme")[0].yanked_reason) == (True, "broken")
    assert [file.changed for file in repository.yank("acme==1.0", "broken")] == [False]
    repository.unyank("acme==1.0")
    assert not repository.files("acme")[0].yanked

    place.raw.delete(f"py/acme/{second.name}")
    verified = repository.verify()
    assert not verified.clean and verified.problems[0].item == second.name
    repository.verify(repair=True)
    assert repository.verify(deep=True).clean

    if place.kind == "folder":
        target = tmp_path / "site"
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", target,
                        "--index-url", f"file://{place.url}/py", "acme"], check=True)  # fmt: skip
        assert (target / "acme").is_dir() or (target / "acme.py").is_file()
    repository.remove(first.name)
    assert repository.files("acme") == []


def test_what_is_refused(place: Place, wheels: WheelFactory, tmp_path):
    repository = wheelyard.Repository(place.url, **place.settings)
    with pytest.raises(wheelyard.NotFoundError):
        repository.files("acme")
    with pytest.raises(wheelyard.NotFoundError):
        repository.publish(tmp_path / "nothing*.whl")
    bad = wheels.wheel("bad", "1.0", damage=truncate)
    with pytest.raises(wheelyard.Error):
        repository.publish([wheels.wheel("acme", "1.0"), bad])
    assert repository.projects() == []
    repository.publish(wheels.wheel("acme", "1.0"))
    assert repository.projects() == ["acme"]


def test_progress_that_raises(place: Place, wheels: WheelFactory):
    repository = wheelyard.Repository(place.url, **place.settings)

    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        repository.publish([wheels.wheel("acme", "1.0")], progress=fail)
    assert repository.publish([wheels.wheel("acme", "1.0")]).projects == ["acme"]
