"""What `s3p` is here: a release pipeline in a bucket, in classes to extend."""

from wheelyard_compat.s3p.bucket import Bucket, MultiDeleteResult, ResultSet
from wheelyard_compat.s3p.key import Key, Prefix
from wheelyard_compat.s3p.pipeline import S3Pipeline, S3Promote
from wheelyard_compat.s3p.release import S3Release

__all__ = ["Bucket", "Key", "MultiDeleteResult", "Prefix", "ResultSet", "S3Pipeline", "S3Promote", "S3Release"]
