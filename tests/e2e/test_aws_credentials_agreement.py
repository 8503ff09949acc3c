"""Credentials come from where boto3 gets them, and the same requests are made for them, in the same order.

Generated files and environments go to boto3 and to the library (through tests/tools/aws_settings_probe.cpp), both of which
talk to a fake of AWS's services. Differences on purpose stand in docs/aws-settings.md.
"""

import datetime
import hashlib
import itertools
import json
import random
import shutil

import botocore.credentials
import botocore.tokens
import pytest
from support.aws_agreement import CLEAN, attempt, boto3_credentials, boto3_session, environment, ours
from support.fake_aws import FAR, FakeAws

SEED = 11
CASES = 150
PROFILES = ["default", "ci", "base", "other", "two words"]
PORTAL = "https://corp.awsapps.com/start"


@pytest.fixture(scope="module")
def aws():
    server = FakeAws()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch):
    """boto3 waits seconds between attempts, and not long for an answer; the library's own pauses stay."""
    monkeypatch.setattr(botocore.credentials.ContainerMetadataFetcher, "TIMEOUT_SECONDS", 60)
    monkeypatch.setattr(botocore.credentials.ContainerMetadataFetcher.__init__, "__defaults__", (None, lambda seconds: None))


def at(minutes):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Generator:
    def __init__(self, seed, folder, url):
        self.random = random.Random(seed)
        self.folder = folder
        self.url = url

    def maybe(self, chance):
        return self.random.random() < chance

    def pick(self, *choices):
        return self.random.choice(choices)

    def keys(self, tag):
        lines = [f"aws_access_key_id = KEY{tag}", f"aws_secret_access_key = secret{tag}"]
        if self.maybe(0.1):
            lines.pop(self.pick(0, 1))
        if self.maybe(0.3):
            lines.append(f"aws_session_token = token{tag}")
        return lines

    def role(self):
        lines = [f"role_arn = arn:aws:iam::123456789012:role/{self.pick('a', 'b', 'c', 'a', 'b', 'denied', 'broken', 'stale')}"]
        if self.maybe(0.75):
            lines.append(f"source_profile = {self.pick(*PROFILES, 'base', 'base', 'base', 'missing')}")
        if self.maybe(0.3):
            source = self.pick("Environment", "EcsContainer", "Ec2InstanceMetadata", "environment")
            lines.append(f"credential_source = {source}")
        if self.maybe(0.3):
            lines.append("external_id = some thing=&+")
        if self.maybe(0.3):
            lines.append("role_session_name = me@host")
        if self.maybe(0.3):
            lines.append(f"duration_seconds = {self.pick('900', '3600', 'long')}")
        return lines

    def token_file(self, home):
        path = home / "identity token"
        path.write_text("eyJ.web/+=.token")
        return str(path) if self.maybe(0.85) else str(home / "no such file")

    def web_identity(self, home):
        lines = [f"web_identity_token_file = {self.token_file(home)}"]
        if self.maybe(0.85):
            lines.append("role_arn = arn:aws:iam::123456789012:role/web")
        if self.maybe(0.4):
            lines.append("role_session_name = pod")
        return lines

    def cache(self, home, key):
        token = {"startUrl": PORTAL, "region": "eu-west-1", "accessToken": self.pick("portal", "portal", "refused")}
        token["expiresAt"] = self.pick(FAR, "2120-01-01T00:00:00UTC", at(5), at(5), at(5), at(-5), at(20))
        if self.maybe(0.8):
            token |= {"clientId": "client", "clientSecret": "client secret", "refreshToken": self.pick("refresh", "refresh", "refused")}
            token["registrationExpiresAt"] = self.pick(FAR, FAR, at(-5))
        if self.maybe(0.1):
            del token[self.pick(*token)]
        folder = home / ".aws" / "sso" / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(token) if self.maybe(0.95) else "{"
        (folder / (hashlib.sha1(key.encode()).hexdigest() + ".json")).write_text(text)

    def sign_on(self, home):
        lines = ["sso_account_id = 123456789012", f"sso_role_name = {self.pick('Admin', 'Dev Ops+1')}"]
        if self.maybe(0.1):
            lines.pop(self.pick(0, 1))
        legacy = [f"sso_start_url = {PORTAL}", "sso_region = eu-west-1"]
        if self.maybe(0.4):
            if self.maybe(0.9):
                self.cache(home, PORTAL)
            lines += legacy if self.maybe(0.9) else legacy[:1]
        else:
            if self.maybe(0.9):
                self.cache(home, "corp")
            lines.append(f"sso_session = {self.pick('corp', 'corp', 'corp', 'corp', 'partial', 'missing')}")
            if self.maybe(0.2):
                lines.append(f"sso_region = {self.pick('eu-west-1', 'us-east-2')}")
        return lines

    def process(self, home, tag):
        answer = {"Version": 1, "AccessKeyId": f"PROC{tag}", "SecretAccessKey": "s"}
        if self.maybe(0.5):
            answer |= {"SessionToken": f"token{tag}", "Expiration": self.pick(FAR, "2120-01-01T00:00:00+01:00", None)}
        if self.maybe(0.2):
            broken = self.pick("version", "keys", "text")
            if broken == "version":
                answer["Version"] = self.pick(2, "1")
            else:
                del answer["SecretAccessKey"]
        text = json.dumps(answer) if self.maybe(0.93) else self.pick("", "nothing")
        script = home / f"tool {tag}.sh"
        script.write_text(f"cat <<'END'\n{text}\nEND\nexit {self.pick(0, 0, 0, 0, 0, 0, 1)}\n")
        quoted = self.pick(f"'{script}'", f'"{script}"', str(script).replace(" ", "\\ "), str(script).replace(" ", "\\ "), f"'{script}")
        return [f"credential_process = /bin/sh {quoted}"]

    def profile(self, name, home):
        """The lines of a profile in the config file and of one in the credentials file."""
        tag, config, credentials = name[:1].upper(), [], []
        kinds = self.random.choices(["keys", "role", "web", "sign-on", "process", "nothing"], [4, 6, 2, 5, 2, 2], k=self.pick(1, 1, 1, 2))
        for kind in dict.fromkeys(kinds):
            if kind == "keys" and name == "base":
                credentials += self.keys("S" + tag)
            elif kind == "keys":
                (credentials if self.maybe(0.5) else config).extend(self.keys(tag))
            elif kind == "role" and name != "base":
                config += self.role()
            elif kind == "web":
                config += [line for line in self.web_identity(home) if not ("role" in kinds and line.startswith("role_"))]
            elif kind == "sign-on":
                config += self.sign_on(home)
            elif kind == "process":
                config += self.process(home, tag)
        if name == "base" and not credentials and self.maybe(0.7):
            credentials = self.keys("S" + tag)
        return config, credentials

    def case(self, number):
        home = self.folder / str(number)
        (home / ".aws").mkdir(parents=True)
        variables = {**CLEAN, "HOME": str(home), "AWS_MAX_ATTEMPTS": "1"}
        variables["AWS_DEFAULT_REGION"] = self.pick("eu-central-1", "us-east-1", "ap-south-1")
        config, credentials = ["[sso-session corp]", f"sso_start_url = {PORTAL}", "sso_region = eu-west-1"], []
        config += ["[sso-session partial]", "sso_region = eu-west-1"]
        for name in PROFILES:
            in_config, in_credentials = self.profile(name, home)
            if self.maybe(0.9):
                header = "[default]" if name == "default" else f'[profile "{name}"]'
                config += [header, *in_config]
            if in_credentials:
                credentials += [f"[{name}]", *in_credentials]
        if self.maybe(0.5):
            variables["AWS_ENDPOINT_URL"] = self.url
        else:
            variables |= {f"AWS_ENDPOINT_URL_{service}": self.url for service in ("STS", "SSO", "SSO_OIDC")}
        if self.maybe(0.2):
            variables["AWS_ACCESS_KEY_ID"] = "KEYENV"
            if self.maybe(0.85):
                variables["AWS_SECRET_ACCESS_KEY"] = "secretENV"
        if self.maybe(0.1):
            variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = self.token_file(home)
            if self.maybe(0.8):
                variables["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/env"
            if self.maybe(0.5):
                variables["AWS_ROLE_SESSION_NAME"] = "env-session"
        if self.maybe(0.35):
            variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = self.url + self.pick("/task", "/task?id=1")
            if self.maybe(0.5):
                variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic container"
            if self.maybe(0.3):
                (home / "agent token").write_text("of the agent")
                variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(home / self.pick("agent token", "agent token", "absent"))
            if self.maybe(0.1):
                variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://192.0.2.7/task"
        if self.maybe(0.6):
            del variables["AWS_EC2_METADATA_DISABLED"]
            variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = self.url + self.pick("", "/")
            if self.maybe(0.2):
                variables["AWS_EC2_METADATA_V1_DISABLED"] = "true"
        (home / ".aws" / "config").write_text("\n".join(config) + "\n")
        (home / ".aws" / "credentials").write_text("\n".join(credentials) + "\n")
        overrides = {}
        if self.maybe(0.5):
            overrides["profile"] = self.pick(*PROFILES)
        elif self.maybe(0.8):
            variables["AWS_PROFILE"] = self.pick(*PROFILES)
        behaviour = {
            "instance": self.pick("ok", "ok", "version 1", "no version 2", "wrong", "ill", "no role", "error", "no json", "no token", "stale"),
            "container": self.pick("ok", "ok", "ok", "no token"),
        }
        return home, variables, overrides, behaviour


def kept_tokens(home):
    """What is left in the cache of sign-ons, without the moment at which a token was renewed."""
    tokens = {}
    for path in (home / ".aws" / "sso" / "cache").glob("*.json"):
        with path.open() as file:
            text = file.read()
        try:
            tokens[path.name] = json.loads(text)
        except ValueError:
            tokens[path.name] = text
            continue
        if tokens[path.name].get("accessToken") == "renewed":
            del tokens[path.name]["expiresAt"]
    return tokens


def compare(case, aws, monkeypatch):
    home, variables, overrides, aws.behaviour = case
    cache, untouched = home / ".aws" / "sso" / "cache", home / "cache as it was"
    shutil.copytree(cache, untouched) if cache.exists() else None
    aws.take()
    mine = ours(variables, overrides)["credentials"]
    requests, tokens = aws.take(), kept_tokens(home)
    if cache.exists():
        shutil.rmtree(cache)
        shutil.copytree(untouched, cache)
    for provider in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    with environment(variables):
        theirs = attempt(boto3_credentials, overrides)
    asked = aws.take()
    if "to use the SSO token provider but" in theirs.get("error", ""):
        # Whatever a profile is used for, boto3 asks no STS while its sso-session is incomplete.
        return mine, []
    assert ("error" in mine) == ("error" in theirs), (mine, theirs, requests, asked)
    assert requests == asked, (mine, theirs)
    assert tokens == kept_tokens(home)
    if "error" not in mine:
        assert {name: mine[name] for name in theirs} == theirs
    return mine, [request[0] for request in asked]


def test_generated_cases(tmp_path, aws, monkeypatch):
    generator = Generator(SEED, tmp_path, aws.url)
    outcomes, services = [], set()
    for number in range(CASES):
        case = generator.case(number)
        try:
            mine, asked = compare(case, aws, monkeypatch)
        except AssertionError as error:
            files = {path.name: path.read_text() for path in (tmp_path / str(number)).rglob("*") if path.is_file()}
            raise AssertionError(f"case {number}: {case}\n{json.dumps(files, indent=1)}\n{error}") from None
        outcomes.append("error" in mine)
        services.update(asked)
    # The cases are worth something: both outcomes are common, and every service was asked.
    assert CASES * 0.2 < sum(outcomes) < CASES * 0.7, sum(outcomes)
    assert services == {"sts", "portal", "token", "container", "instance"}


def boto3_sts(overrides):
    client = boto3_session(overrides).client("sts", aws_access_key_id="none", aws_secret_access_key="none")
    endpoint = client._ruleset_resolver.construct_endpoint(client.meta.service_model.operation_model("AssumeRole"), {}, {})
    schemes = endpoint.properties.get("authSchemes", [{}])
    return {"url": endpoint.url, "region": schemes[0].get("signingRegion", client.meta.region_name)}


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "af-south-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"])
def test_the_host_of_sts(region, tmp_path):
    """In each partition, with every combination of what decides it."""
    for kind, fips, dualstack in itertools.product(["regional", "legacy"], ["true", "false"], ["true", "false"]):
        variables = {**CLEAN, "HOME": str(tmp_path), "AWS_DEFAULT_REGION": region, "AWS_STS_REGIONAL_ENDPOINTS": kind}
        variables |= {"AWS_USE_FIPS_ENDPOINT": fips, "AWS_USE_DUALSTACK_ENDPOINT": dualstack}
        with environment(variables):
            theirs = boto3_sts({})
        assert ours(variables, {})["sts"] == theirs, (kind, fips, dualstack)
