"""What an endpoint's name tells."""

import re

_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:(?P<port>[0-9]{1,5}))?")
#: "s3.amazonaws.com", "s3-us-west-2.amazonaws.com", "s3.dualstack.us-west-2.amazonaws.com", "s3-fips.us-gov-west-1…"
_AMAZON = re.compile(
    r"s3(-fips)?(\.dualstack)?([.-](?P<region>[a-z]{2,4}(-[a-z]+)+-[0-9]+))?\.amazonaws\.com(\.cn)?", re.IGNORECASE
)
FIRST_REGION = "us-east-1"


def check_endpoint(endpoint: str) -> None:
    """Raises ValueError unless it is a host, with or without a port."""
    found = _HOST.fullmatch(endpoint)
    if found and 0 < int(found["port"] or 443) < 65536:
        return
    # It may hold a password, so it is not shown.
    told = "the scheme is chosen by tls" if "://" in endpoint else "like s3-us-west-2.amazonaws.com or localhost:9000"
    raise ValueError(f"endpoint has to be a host, with or without a port: {told}")


def region_of(endpoint: str) -> str | None:
    """The region that Amazon's endpoint serves; None for other servers."""
    host = endpoint.split(":")[0]
    if host.lower() == "s3-external-1.amazonaws.com":
        return FIRST_REGION
    found = _AMAZON.fullmatch(host)
    if not found:
        return None
    return (found["region"] or FIRST_REGION).lower()
