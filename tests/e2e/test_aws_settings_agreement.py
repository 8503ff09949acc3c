"""AWS settings and credentials are found where boto3 finds them.

Generated files and environments go to boto3 and to the library (through tests/tools/aws_settings_probe.cpp). Where
the library differs on purpose, the difference stands in `test_differences`, and in docs/aws-settings.md.
"""

import json
import random

from botocore.regions import EndpointResolverBuiltins as EndpointBuiltins
from support.aws_agreement import CLEAN, attempt, boto3_credentials, boto3_session, environment, ours

SEED = 3
CASES = 300
PROFILES = ["ci", "two words", "prod-1"]
ENDPOINTS = ["http://127.0.0.1:9000", "https://s3.example.net", "http://minio:9000/base"]
REGIONS = ["eu-central-1", "us-west-2", "ap-northeast-3"]
CHECKSUMS = ["when_supported", "when_required", "WHEN_REQUIRED"]
BOOLEANS = ["true", "True", "TRUE", "false", "yes", "1"]
IN_S3_BLOCK = {
    "use_dualstack_endpoint": BOOLEANS,
    "use_accelerate_endpoint": BOOLEANS,
    "payload_signing_enabled": BOOLEANS,
    "use_arn_region": BOOLEANS,
    "us_east_1_regional_endpoint": ["regional", "legacy", "regional", "legacy", "regional", "legacy", "global"],
    "s3_disable_multiregion_access_points": BOOLEANS,
}
TOP_LEVEL = {
    "use_dualstack_endpoint": BOOLEANS,
    "use_fips_endpoint": BOOLEANS,
    "s3_use_arn_region": BOOLEANS,
    "s3_us_east_1_regional_endpoint": ["regional", "legacy"],
    "retry_mode": ["standard", "adaptive", "legacy", "legacy", "never"],
    "request_checksum_calculation": [*CHECKSUMS, "always"],
    "response_checksum_validation": CHECKSUMS,
}
VARIABLES = {
    "AWS_USE_DUALSTACK_ENDPOINT": BOOLEANS,
    "AWS_USE_FIPS_ENDPOINT": BOOLEANS,
    "AWS_S3_USE_ARN_REGION": BOOLEANS,
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": ["regional", "legacy"],
    "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": BOOLEANS,
    "AWS_RETRY_MODE": ["standard", "adaptive", "legacy"],
    "AWS_REQUEST_CHECKSUM_CALCULATION": CHECKSUMS,
    "AWS_RESPONSE_CHECKSUM_VALIDATION": [*CHECKSUMS, "true"],
}


def boto3_settings(overrides):
    session = boto3_session(overrides)
    client = session.client("s3", endpoint_url=overrides.get("endpoint_url"),
                            aws_access_key_id="none", aws_secret_access_key="none")
    endpoint = client.meta.endpoint_url
    verify = client._endpoint.http_session._verify
    s3, retries, builtins = client.meta.config.s3 or {}, client.meta.config.retries, client._ruleset_resolver._builtins
    return {
        "profile": session.profile_name,
        "region": session.region_name,
        "endpoint_url": "" if ".amazonaws.com" in endpoint else endpoint.rstrip("/"),
        "addressing_style": s3.get("addressing_style") or "auto",
        "ca_bundle": "" if verify is True else verify,
        "max_attempts": retries.get("total_max_attempts", 5 if retries["mode"] == "legacy" else 3),
        "retry_mode": retries["mode"],
        "dualstack": builtins[EndpointBuiltins.AWS_USE_DUALSTACK],
        "fips": builtins[EndpointBuiltins.AWS_USE_FIPS],
        "accelerate": builtins[EndpointBuiltins.AWS_S3_ACCELERATE],
        "payload_signing": s3.get("payload_signing_enabled", False),
        "use_arn_region": builtins[EndpointBuiltins.AWS_S3_USE_ARN_REGION],
        "disable_multiregion_access_points": builtins[EndpointBuiltins.AWS_S3_DISABLE_MRAP],
        # boto3's own default is the other one: see docs/aws-settings.md.
        "us_east_1_endpoint": s3.get("us_east_1_regional_endpoint", "regional"),
        "request_checksums": client.meta.config.request_checksum_calculation,
        "response_checksums": client.meta.config.response_checksum_validation,
    }


def compare(case):
    variables, overrides = case
    got = ours(variables, overrides)
    with environment(variables):
        wanted = {"settings": attempt(boto3_settings, overrides), "credentials": attempt(boto3_credentials, overrides)}
    for part in ("settings", "credentials"):
        mine, theirs = got[part], wanted[part]
        assert ("error" in mine) == ("error" in theirs), (part, mine, theirs)
        if "error" in mine:
            continue
        if part == "settings" and theirs["region"] is None:
            # boto3 leaves it open and signs for us-east-1; AWS_REGION is not boto3's.
            theirs["region"] = variables.get("AWS_REGION", "us-east-1")
        if part == "settings" and mine["endpoint_url"]:
            # Which of AWS's own hosts is meant says nothing then, and boto3 drops it.
            mine |= {"dualstack": False, "fips": False}
        assert {name: mine[name] for name in theirs} == theirs, part
    return "error" in got["settings"], "error" in got["credentials"]


class Generator:
    def __init__(self, seed, folder):
        self.random = random.Random(seed)
        self.folder = folder

    def maybe(self, chance):
        return self.random.random() < chance

    def header(self, kind, name):
        if " " in name:
            return self.random.choice([f'[{kind} "{name}"]', f"[{kind} '{name}']", f"[{kind} two\\ words]"])
        return self.random.choice([f"[{kind} {name}]", f"[{kind}  {name}]", f'[{kind} "{name}"]', f"[{kind} {name}] # x"])

    def setting(self, name, value):
        name = name.upper() if self.maybe(0.1) else name
        return name + self.random.choice([" = ", "=", ": ", " :", "\t=\t"]) + value + self.random.choice(["", " ", "\t"])

    def block(self, name, pairs):
        indent = self.random.choice(["  ", "    ", "\t"])
        lines = [f"{name} =" + self.random.choice(["", " "])]
        for key, value in pairs:
            if self.maybe(0.1):
                lines.append(indent + "# a comment")
            if self.maybe(0.1):
                lines.append("")
            lines.append(f"{indent}{key}{self.random.choice([' = ', '='])}{value}")
        return lines

    def keys(self, tag):
        lines = []
        if self.maybe(0.95):
            lines.append(self.setting("aws_access_key_id", f"AKID{tag}"))
        if self.maybe(0.92):
            lines.append(self.setting("aws_secret_access_key", f"s3cr/et+{tag}=#;%(x)s"))
        if self.maybe(0.3):
            lines.append(self.setting("aws_session_token", f"token{tag}" + "x" * 300))
        if self.maybe(0.1):
            lines.append(self.setting("aws_security_token", f"older{tag}"))
        return lines

    def s3_options(self):
        return [(name, self.random.choice(values)) for name, values in IN_S3_BLOCK.items() if self.maybe(0.5)]

    def profile_body(self, tag, chance):
        lines = []
        if self.maybe(chance):
            lines.append(self.setting("region", self.random.choice(REGIONS)))
        if self.maybe(chance):
            lines.append(self.setting("endpoint_url", self.random.choice(ENDPOINTS)))
        if self.maybe(chance / 2):
            lines.append(self.setting("services", self.random.choice(["local", "local", "other", "nowhere"])))
        if self.maybe(chance / 2):
            lines.append(self.setting("max_attempts", self.random.choice(["1", "5", "12"])))
        if self.maybe(chance / 3):
            lines.append(self.setting("ca_bundle", "/etc/ssl/certs/ca-certificates.crt"))
        if self.maybe(chance / 3):
            lines.append(self.setting("ignore_configured_endpoint_urls", self.random.choice(["true", "True", "false", "1"])))
        if self.maybe(chance / 2):
            style = self.random.choice(["path", "virtual", "auto", "path", "path", "virtual", "odd"])
            lines += self.block("s3", [("max_queue_size", "7"), ("addressing_style", style), *self.s3_options()])
        for name, values in TOP_LEVEL.items():
            if self.maybe(chance / 6):
                lines.append(self.setting(name, self.random.choice(values)))
        if self.maybe(chance / 2):
            lines += self.keys(tag)
        self.random.shuffle(lines) if not any(line[:1].isspace() or line == "" for line in lines) else None
        return lines

    def damage(self, lines):
        what = self.random.choice(["duplicate section", "duplicate key", "no delimiter", "no name", "before", "block"])
        if what == "duplicate section":
            return [*lines, "[same]", "a = 1", "[same]"]
        if what == "duplicate key":
            return [*lines, "[again]", "a = 1", "b = 2", "A = 3"]
        if what == "no delimiter":
            return [*lines, "[again]", "nothing here"]
        if what == "no name":
            return [*lines, "[again]", "= 4"]
        if what == "before":
            return ["early = 1", *lines]
        return [*lines, "[again]", "s3 =", "  addressing_style path"]

    def text(self, lines):
        if self.maybe(0.04):
            lines = self.damage(lines)
        return self.random.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + "\n"

    def config(self):
        lines = ["# made by a test", ""] if self.maybe(0.3) else []
        if self.maybe(0.1):
            lines += ["[DEFAULT]", self.setting("region", "sa-east-1")]
        sections = []
        if self.maybe(0.6):
            sections.append(["[default]", *self.profile_body("D", 0.5)])
        for number, name in enumerate(PROFILES):
            if self.maybe(0.75):
                sections.append([self.header("profile", name), *self.profile_body(f"C{number}", 0.5)])
        if self.maybe(0.2):
            sections.append(["[profile not a profile]", "region = nowhere"])
        if self.maybe(0.2):
            sections.append(["[ci]", "region = no-profile-1"])
        if self.maybe(0.8):
            body = self.block("sts", [("endpoint_url", "http://sts:1")])
            if self.maybe(0.7):
                body += self.block("s3", [("endpoint_url", self.random.choice(ENDPOINTS) + "/services")])
            sections.append([self.header("services", "local"), *body])
        if self.maybe(0.7):
            sections.append([self.header("services", "other"), *self.block("dynamodb", [("endpoint_url", "http://d:1")])])
        self.random.shuffle(sections)
        for section in sections:
            lines += section + ([""] if self.maybe(0.5) else [])
        return self.text(lines)

    def credentials(self):
        lines = []
        for name in ["default", *PROFILES]:
            if self.maybe(0.5):
                lines += [f"[{name}]", *self.keys("S" + name[0])]
                if self.maybe(0.1):
                    lines.append(self.setting("region", "eu-north-1"))
        return self.text(lines)

    def case(self, number):
        home = self.folder / str(number)
        (home / ".aws").mkdir(parents=True)
        variables = {**CLEAN, "HOME": str(home)}
        config, credentials = home / ".aws" / "config", home / ".aws" / "credentials"
        if self.maybe(0.15):
            config = home / "other config"
            variables["AWS_CONFIG_FILE"] = self.random.choice(["~/other config", "$HOME/other config", str(config)])
        if self.maybe(0.15):
            credentials = home / "other"
            variables["AWS_SHARED_CREDENTIALS_FILE"] = self.random.choice(["~/other", "${HOME}/other", "$NOT_SET/other"])
        if self.maybe(0.85):
            config.write_bytes(self.config().encode())
        if self.maybe(0.75):
            credentials.write_bytes(self.credentials().encode())

        def put(name, values, chance):
            if self.maybe(chance):
                variables[name] = self.random.choice(values)

        put("AWS_ACCESS_KEY_ID", ["AKIDENV"], 0.3)
        put("AWS_SECRET_ACCESS_KEY", ["envsecret"], 0.3)
        put("AWS_SESSION_TOKEN", ["envtoken", ""], 0.2)
        put("AWS_SECURITY_TOKEN", ["envolder"], 0.1)
        put("AWS_PROFILE", [*PROFILES, "default"], 0.4)
        put("AWS_DEFAULT_PROFILE", [*PROFILES, "missing"], 0.1)
        put("AWS_DEFAULT_REGION", [*REGIONS, "not a region"], 0.3)
        put("AWS_REGION", REGIONS, 0.3)
        put("AWS_ENDPOINT_URL", [*ENDPOINTS, "", "no-url"], 0.25)
        put("AWS_ENDPOINT_URL_S3", [*ENDPOINTS, ""], 0.2)
        put("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ["true", "TRUE", "false", "yes"], 0.15)
        put("AWS_CA_BUNDLE", ["/etc/ssl/certs/ca-certificates.crt"], 0.15)
        put("REQUESTS_CA_BUNDLE", ["/etc/ssl/certs/ca-certificates.crt"], 0.1)
        put("AWS_MAX_ATTEMPTS", ["1", "4", "ten"], 0.2)
        for name, values in VARIABLES.items():
            put(name, values, 0.08)
        overrides = {}
        if self.maybe(0.3):
            overrides["profile"] = self.random.choice([*PROFILES, "default", "missing"])
        if self.maybe(0.15):
            overrides["region"] = self.random.choice(REGIONS)
        if self.maybe(0.15):
            overrides["endpoint_url"] = self.random.choice(ENDPOINTS)
        if self.maybe(0.15):
            overrides |= {"access_key_id": "AKIDGIVEN", "secret_access_key": "given"}
            if self.maybe(0.5):
                overrides["session_token"] = "given-token"
        return variables, overrides


def test_generated_cases(tmp_path):
    generator = Generator(SEED, tmp_path)
    results = []
    for number in range(CASES):
        case = generator.case(number)
        try:
            results.append(compare(case))
        except AssertionError as error:
            files = {path.name: path.read_text() for path in (tmp_path / str(number)).rglob("*") if path.is_file()}
            raise AssertionError(f"case {number}: {case}\n{json.dumps(files, indent=1)}\n{error}") from None
    bad_settings, bad_credentials = (sum(column) for column in zip(*results, strict=True))
    # The cases are worth something: both outcomes are common in both halves.
    assert CASES * 0.1 < bad_settings < CASES * 0.7, bad_settings
    assert CASES * 0.1 < bad_credentials < CASES * 0.7, bad_credentials


def home_with(tmp_path, config="", credentials=""):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(config)
    (tmp_path / ".aws" / "credentials").write_text(credentials)
    return {**CLEAN, "HOME": str(tmp_path)}


def test_differences(tmp_path):
    """What is settled otherwise than in boto3, each on purpose."""
    variables = home_with(tmp_path, "[default]\nregion = eu-west-1\n[profile ci]\nregion = eu-west-2\n")

    # An empty variable is one that is not set; boto3 stops at most of them.
    empty = {name: "" for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS", "AWS_CA_BUNDLE")}
    got = ours({**variables, **empty}, {})["settings"]
    assert (got["profile"], got["region"], got["max_attempts"]) == ("default", "eu-west-1", 3)

    # AWS_REGION serves where boto3 finds no region at all, and only there.
    assert ours({**variables, "AWS_REGION": "sa-east-1"}, {})["settings"]["region"] == "eu-west-1"
    bare = {**variables, "AWS_CONFIG_FILE": "/dev/null", "AWS_REGION": "sa-east-1"}
    assert ours(bare, {})["settings"]["region"] == "sa-east-1"

    # Fewer than one attempt is refused.
    assert "error" in ours({**variables, "AWS_MAX_ATTEMPTS": "0"}, {})["settings"]


def test_a_login_session_is_refused(tmp_path):
    variables = home_with(tmp_path, "[default]\nlogin_session = arn:aws:iam::1:user/me\n")
    got = ours(variables, {})["credentials"]
    assert got["code"] == "unsupported"
    assert "export-credentials" in got["hint"]
