"""A bucket on a real server: for the connector, and past it with boto3."""

from support.servers import ACCESS_KEY, SECRET_KEY, S3Server

class Place:
    def __init__(self, server: S3Server, bucket: str):
        self.server, self.bucket = server, bucket
        self.client = server.client()
        self.buckets = []
        self.make_bucket(bucket)

    @property
    def endpoint(self) -> str:
        """As S3Connection takes it."""
        return f"127.0.0.1:{self.server.port}"

    def make_bucket(self, name: str) -> str:
        self.client.create_bucket(Bucket=name)
        self.buckets.append(name)
        return name

    def connection(self, **changes):
        import s3

        arguments = {
            "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY, "default_bucket": self.bucket,
            "endpoint": self.endpoint, "tls": False, **changes,
        }  # fmt: skip
        return s3.S3Connection(**arguments)

    def store(self, **changes):
        import s3

        return s3.RemoteStore(self.connection(**changes))

    def put(self, key: str, body: bytes = b"content", **attributes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **attributes)

    def read(self, key: str, bucket: str | None = None) -> bytes:
        return self.client.get_object(Bucket=bucket or self.bucket, Key=key)["Body"].read()

    def head(self, key: str, bucket: str | None = None) -> dict:
        return self.client.head_object(Bucket=bucket or self.bucket, Key=key)

    def keys(self, bucket: str | None = None) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket or self.bucket)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def unfinished_uploads(self) -> list:
        return self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])

    def remove(self) -> None:
        for bucket in self.buckets:
            for key in self.keys(bucket):
                self.client.delete_object(Bucket=bucket, Key=key)
            self.client.delete_bucket(Bucket=bucket)
