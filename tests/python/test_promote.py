"""Repository.promote: from one index to another."""

import pytest
import wheelyard
from conftest import Place
from support.wheels import WheelFactory


@pytest.fixture
def wheels(tmp_path) -> WheelFactory:
    return WheelFactory(tmp_path / "dist")


def test_a_release_with_what_it_needs(place: Place, wheels: WheelFactory):
    staging = wheelyard.Repository(f"{place.url}/staging", **place.settings)
    prod = wheelyard.Repository(f"{place.url}/prod", **place.settings)
    needs = ["lib", "requests>=2", "win; sys_platform == 'win32'"]
    staging.publish([wheels.wheel("acme", "1.2", requires_dist=needs), wheels.wheel("lib", "1.0"), wheels.wheel("win", "1.0")])
    narrow = {"with_dependencies": True, "python_versions": "3.11", "platforms": ["linux", "macos"]}
    planned = staging.promote("acme==1.2", prod, dry_run=True, **narrow)
    assert [file.filename for file in planned.files] == ["lib-1.0-py3-none-any.whl", "acme-1.2-py3-none-any.whl"]
    assert prod.projects() == []
    events = []
    done = staging.promote("acme==1.2", to=prod, progress=events.append, **narrow)
    assert [(file.outcome, file.project, file.version, file.needed_by) for file in done.files] == [
        ("promoted", "lib", "1.0", "acme 1.2"), ("promoted", "acme", "1.2", None)]  # fmt: skip
    assert done.left == [wheelyard.LeftDependency("requests>=2", "acme 1.2", None)]
    assert (done.projects, done.warnings) == (["acme"], [])
    assert done.files[1].sha256 == staging.files("acme")[0].hashes["sha256"] == prod.files("acme")[0].hashes["sha256"]
    assert events and prod.verify(deep=True).clean
    assert [file.outcome for file in staging.promote(["acme", "lib"], prod).files] == ["unchanged", "unchanged"]
    for problem, error in (("nothing", wheelyard.NotFoundError), ("acme[x y]", wheelyard.InvalidArgumentError)):
        with pytest.raises(error):
            staging.promote(problem, prod)
    with pytest.raises(wheelyard.InvalidArgumentError, match="platform"):
        staging.promote("acme", prod, with_dependencies=True, platforms="beos")
