"""The examples of the page of `s3` 0.0.2, as they are written: pages/s3 holds its text. Only what a test says it replaces
is changed: names, and the endpoint."""

import json
import pathlib
import subprocess

import pytest
from support.servers import ACCESS_KEY, SECRET_KEY

#: pip makes environments here: slow where much else runs.
pytestmark = pytest.mark.timeout(300)

PAGE = pathlib.Path(__file__).parent / "pages/s3"
#: The last PyYAML but one whose yaml.load() needs no Loader: the page calls it so. (5.4 is not to be built any more.)
OLD_YAML = "PyYAML==5.3.1"


def configuration(place) -> str:
    text = (PAGE / "s3.yaml").read_text()
    for old, new in {
        "XXXXX": ACCESS_KEY, "YYYYYYY": SECRET_KEY, "ZZZZZZZ": place.bucket, "s3-us-west-2.amazonaws.com": place.endpoint,
    }.items():  # fmt: skip
        assert f'"{old}"' in text
        text = text.replace(f'"{old}"', f'"{new}"')
    return text + "    tls: False\n"


def script(place, *parts: str) -> str:
    text = "".join((PAGE / part).read_text() for part in parts)
    if "metadata.py" in parts:
        assert '"my_other_bucket"' in text
        text = text.replace('"my_other_bucket"', f'"{place.make_bucket(place.bucket + "-other")}"')
    return text


def run_page(place, python: pathlib.Path, env: dict, folder: pathlib.Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "s3.yaml").write_text(configuration(place))
    (folder / "example").write_bytes(b"an example\n" * 1000)
    (folder / "script.py").write_text(text)
    done = subprocess.run([python, "script.py"], cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_from_top_to_bottom(place, environment, clean_env, tmp_path):
    python = environment(OLD_YAML).python
    text = script(place, "connect.py", "upload.py", "metadata.py")
    run_page(place, python, clean_env(), tmp_path / "work", text)
    assert (tmp_path / "work/example-from-s3").read_bytes() == (tmp_path / "work/example").read_bytes()
    assert place.keys() == []
    head = place.head("example-in-s3", place.buckets[-1])
    assert head["Metadata"] == {"state": "processed"}


def test_the_upload_example(place, environment, clean_env, tmp_path):
    run_page(place, environment(OLD_YAML).python, clean_env(), tmp_path / "work", script(place, "connect.py", "upload.py"))


def test_the_metadata_example(place, environment, clean_env, tmp_path):
    run_page(place, environment(OLD_YAML).python, clean_env(), tmp_path / "work", script(place, "connect.py", "metadata.py"))


def test_with_a_current_yaml_only_the_load_is_another(minio, environment, clean_env, tmp_path):
    python = environment("PyYAML==6.0.3").python
    text = script(minio, "connect.py", "upload.py")
    with pytest.raises(AssertionError, match="Loader"):
        run_page(minio, python, clean_env(), tmp_path / "work", text)
    assert "yaml.load(fi)" in text
    run_page(minio, python, clean_env(), tmp_path / "work", text.replace("yaml.load(fi)", "yaml.safe_load(fi)"))


def test_the_installation_check_of_the_page(environment):
    done = environment(OLD_YAML).run("import s3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_bucket_of_the_page_is_one_that_servers_refuse(place, caplog):
    """Why the example runs with another name."""
    import s3

    with pytest.raises(place.client.exceptions.ClientError):
        place.client.create_bucket(Bucket="my_other_bucket")
    assert place.store().write(__file__, s3.S3Name("example", bucket="my_other_bucket")) is False
    assert "my_other_bucket" in caplog.text


def test_the_actions_of_the_policy_are_enough(minio, fault_proxy, tmp_path):
    """What the methods ask of the server is what the page's policy allows: nothing lists, nothing touches a bucket."""
    policy = json.loads((PAGE / "policy.json").read_text())
    assert "s3:ListBucket" not in policy["Statement"][0]["Action"]
    proxy = fault_proxy(minio.server.endpoint)
    store = minio.store(endpoint=proxy.url.removeprefix("http://"))
    (tmp_path / "example").write_text("x")
    assert store.write(str(tmp_path / "example"), "key")
    assert store.exists("key")[0] and not store.exists("other")[0]
    assert store.update_metadata("key", {"x-amz-meta-a": "b"})
    assert store.copy("key", "copy") and store.read("copy", str(tmp_path / "back"))[0] and store.delete("copy")
    assert {sent.path.split("?")[0] for sent in proxy.requests} <= {f"/{minio.bucket}/{k}" for k in ("key", "other", "copy")}
