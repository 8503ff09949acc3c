"""The same environment for boto3 and for the library (tests/tools/aws_settings_probe.cpp), to compare what each makes of it."""

import contextlib
import json
import os
import subprocess

import boto3
import botocore.loaders
from support.process import built_program

LOADER = botocore.loaders.create_loader()  # the services' descriptions are read once for all cases
# Whatever the machine itself sets is no part of a case; nor may boto3 ask an instance's metadata service.
CLEAN = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", "AWS_METADATA_SERVICE_TIMEOUT": "60"}


@contextlib.contextmanager
def environment(variables):
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def ours(variables, overrides):
    done = subprocess.run([built_program("aws_settings_probe"), *(f"{name}={value}" for name, value in overrides.items())],
                          env=variables, capture_output=True, text=True, timeout=240)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def boto3_session(overrides):
    session = boto3.Session(
        profile_name=overrides.get("profile"),
        region_name=overrides.get("region"),
        aws_access_key_id=overrides.get("access_key_id"),
        aws_secret_access_key=overrides.get("secret_access_key"),
        aws_session_token=overrides.get("session_token"),
    )
    session._session.register_component("data_loader", LOADER)
    return session


def boto3_credentials(overrides):
    found = boto3_session(overrides).get_credentials()
    if found is None:
        raise LookupError("no credentials")
    frozen = found.get_frozen_credentials()
    return {"access_key_id": frozen.access_key, "secret_access_key": frozen.secret_key, "session_token": frozen.token or ""}


def attempt(action, *arguments):
    try:
        return action(*arguments)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
