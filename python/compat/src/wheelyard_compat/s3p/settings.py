"""What s3p takes from the environment."""

import os

import wheelyard


def from_environment(name: str, example: str) -> str:
    """Raises ValueError where it is not set."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is not set, and nothing was given in its place: say {name}={example}")
    return value


def url_of(bucket: str) -> str:
    """A bucket's name, or a URL or folder as wheelyard takes them."""
    return bucket if "/" in bucket or ":" in bucket else f"s3://{bucket}"


def name_of(store: wheelyard.Store) -> str:
    """The bucket's name; of a folder, its URL."""
    url = store.url
    return url.removeprefix("s3://").split("/")[0] if url.startswith("s3://") else url
