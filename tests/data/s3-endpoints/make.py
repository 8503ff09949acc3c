#!/usr/bin/env python3
"""Writes cases.tsv: where botocore sends GetObject of the key "k/a b", and for which region it signs, for many
combinations of bucket and settings; "refused" where it raises.

    pip install boto3==1.44.5 && python tests/data/s3-endpoints/make.py

Nothing is sent: the request is caught on its way out.
"""

import itertools
import pathlib
import re

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError

ACCESS_POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine"
FIELDS = ["bucket", "region", "endpoint", "style", "flags", "url", "signed_for"]


def ask(bucket, region, endpoint, style, flags):
    s3 = {
        "addressing_style": style,
        "us_east_1_regional_endpoint": "legacy" if "legacy" in flags else "regional",
        "use_accelerate_endpoint": "accelerate" in flags,
        "use_arn_region": "own-region" not in flags,
    }
    config = Config(
        s3=s3,
        use_dualstack_endpoint="dualstack" in flags,
        use_fips_endpoint="fips" in flags,
        retries={"max_attempts": 0},
    )
    seen = []

    def catch(request, **_):
        seen.append(request)
        return AWSResponse(request.url, 204, {}, None)

    try:
        client = boto3.client(
            "s3", region_name=region, endpoint_url=endpoint or None, config=config,
            aws_access_key_id="id", aws_secret_access_key="secret",
        )
        client.meta.events.register("before-send.s3.GetObject", catch)
        try:
            client.get_object(Bucket=bucket, Key="k/a b")
        except AttributeError:
            pass  # there is no body in what was made up
    except (BotoCoreError, ValueError):
        return "refused", ""
    authorization = seen[0].headers["Authorization"]
    if isinstance(authorization, bytes):
        authorization = authorization.decode()
    return seen[0].url, re.search(r"/\d{8}/([^/]+)/s3/", authorization).group(1)


def cases():
    yield from itertools.product(
        ["wheels", "my.wheels"],
        ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "aws-global"],
        [""], ["auto", "path", "virtual"], [""],
    )
    yield from itertools.product(
        ["wheels", "my.wheels"], ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"], [""], ["auto"],
        ["dualstack", "fips", "dualstack fips", "accelerate", "accelerate dualstack", "accelerate fips", "legacy"],
    )
    yield from itertools.product(
        ["wheels", "my.wheels"], ["eu-central-1"],
        ["http://127.0.0.1:9000", "http://localhost:9000", "https://store.test", "https://store.test/base",
         "http://[::1]:9000"],
        ["auto", "path", "virtual"], [""],
    )
    yield from itertools.product(
        [ACCESS_POINT, ACCESS_POINT.replace("accesspoint/", "accesspoint:"), ACCESS_POINT.replace("aws:s3:eu-west-1", "aws-cn:s3:cn-north-1")],
        ["us-east-1", "eu-west-1"], ["", "https://store.test"], ["auto", "path"],
        ["", "own-region", "dualstack", "fips", "accelerate", "dualstack fips"],
    )


def is_meant(bucket, region, endpoint, style, flags):
    """Left out: a host like "my.wheels.127.0.0.1", which no resolver knows; flags that an access point passes over
    in silence where a bucket refuses them."""
    numeric = "127.0.0.1" in endpoint or "[" in endpoint
    if numeric and style == "virtual" and "." in bucket:
        return False
    return not (bucket.startswith("arn:") and endpoint and flags not in ("", "own-region"))


def main():
    lines = ["\t".join(FIELDS)]
    for case in filter(lambda case: is_meant(*case), cases()):
        lines.append("\t".join([*case, *ask(*case)]))
    path = pathlib.Path(__file__).with_name("cases.tsv")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines) - 1} cases")


if __name__ == "__main__":
    main()
