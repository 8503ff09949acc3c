"""Who talks to which server, and names of files there."""

import os
import threading

import wheelyard

from wheelyard_compat.s3.endpoint import FIRST_REGION, check_endpoint, region_of


class S3Name:
    """A file in S3: a key, and a bucket unless it is the connection's default bucket."""

    def __init__(self, key: str, bucket: str | None = None) -> None:
        self.key = key
        self.bucket = bucket

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}"

    def __repr__(self) -> str:
        return f"S3Name({self.key!r}, bucket={self.bucket!r})"


RemoteName = str | S3Name

#: What is given is all that counts: a profile or an endpoint that the machine is set up with is somebody else's.
#: Certificates, proxies and retries are the machine's.
_ENVIRONMENT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_PROFILE": "",
    "AWS_DEFAULT_PROFILE": "",
    "AWS_USE_DUALSTACK_ENDPOINT": "",
    "AWS_USE_FIPS_ENDPOINT": "",
}


class S3Connection:
    """A server, an account there, and the bucket that is meant where none is named.

    access_key_id, secret_access_key
        The account. Nothing else is looked for: no environment variable, no file.
    default_bucket
        For names without a bucket. `bucket` is another name for it, as in the list of settings of s3's page.
    endpoint
        The server's host, with a port if it is not 443 (80 without `tls`): "s3-us-west-2.amazonaws.com",
        "localhost:9000". Raises ValueError on anything else.
    tls
        Whether to use https.
    region
        Which region requests are signed for. Otherwise the one in Amazon's endpoint, else us-east-1; a server that
        names another one is believed.

    Any number of threads may use it. Nothing is sent until a method of `RemoteStore` is called.
    """

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        default_bucket: str | None = None,
        endpoint: str = "s3.amazonaws.com",
        tls: bool = True,
        *,
        bucket: str | None = None,
        region: str | None = None,
    ) -> None:
        for name, value in (("access_key_id", access_key_id), ("secret_access_key", secret_access_key)):
            if not isinstance(value, str):
                raise TypeError(f"{name} has to be a str, not {type(value).__name__}: put it in quotes")
            if not value:
                raise ValueError(f"{name} is empty")
        if not isinstance(endpoint, str):
            raise TypeError(f"endpoint has to be a str, not {type(endpoint).__name__}")
        if not isinstance(tls, (bool, int)):
            raise TypeError(f"tls has to be True or False, not {type(tls).__name__}")
        if default_bucket and bucket and default_bucket != bucket:
            raise ValueError("default_bucket and bucket are two names of one setting, and differ: give one of them")
        check_endpoint(endpoint)
        self.default_bucket = default_bucket or bucket
        self.endpoint = endpoint
        self.tls = bool(tls)
        self._keys = (access_key_id, secret_access_key)
        self._region = region or region_of(endpoint) or FIRST_REGION
        self._stores: dict[str, wheelyard.Store] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"S3Connection(endpoint={self.endpoint!r}, default_bucket={self.default_bucket!r}, tls={self.tls!r})"

    def locate(self, remote_name: RemoteName) -> tuple[str, str]:
        """Bucket and key of a name. Raises ValueError where no bucket is named and there is no default."""
        if isinstance(remote_name, str):
            remote_name = S3Name(remote_name)
        if not isinstance(remote_name, S3Name):
            raise TypeError(f"a remote name is a str or an S3Name, not {type(remote_name).__name__}")
        bucket = remote_name.bucket or self.default_bucket
        if not bucket:
            raise ValueError(
                f"no bucket for {remote_name.key!r}: name one, as in S3Name(key, bucket), or give the connection a default_bucket"
            )
        return bucket, remote_name.key.lstrip("/")

    def store(self, bucket: str) -> wheelyard.Store:
        """The bucket. Raises wheelyard.InvalidArgumentError on what cannot be a bucket's name."""
        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = self._open(bucket)
            return self._stores[bucket]

    def _open(self, bucket: str) -> wheelyard.Store:
        if "/" in bucket:
            raise wheelyard.InvalidArgumentError(f"{bucket!r} is no name of a bucket: it holds a slash")
        access_key_id, secret_access_key = self._keys
        return wheelyard.open_store(
            f"s3://{bucket}",
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            endpoint_url=f"{'https' if self.tls else 'http'}://{self.endpoint}",
            region=self._region,
            environment=_ENVIRONMENT,
        )
