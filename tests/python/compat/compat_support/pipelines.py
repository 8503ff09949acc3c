"""Pipelines on a real server, for `s3p`."""

from support.servers import ACCESS_KEY, REGION, SECRET_KEY

RANKS = "qa, staging, production"  #: as the page writes it


def settings(place) -> dict[str, str]:
    return {
        "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY, "endpoint_url": place.server.endpoint, "region": REGION,
    }  # fmt: skip


def environment(place, bucket: str | None = None) -> dict[str, str]:
    """The four variables of the page, and where the server is."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_ENDPOINT_URL": place.server.endpoint,
        "AWS_REGION": REGION, "AWS_S3_BUCKET": bucket or place.bucket, "AWS_S3_RANKS": RANKS,
    }  # fmt: skip


def seen(place) -> dict[str, bytes]:
    """What other programs see."""
    return {key: place.read(key) for key in place.keys() if not key.startswith(".wheelyard/")}
