from s3p import S3Pipeline
help(S3Pipeline)
from s3p import S3Release
help(S3Release)
