headers = {
    'x-amz-meta-state': 'unprocessed',
    }
remote_name = s3.S3Name("example-in-s3", bucket="my_other_bucket")
assert store.write("example", remote_name, headers=headers)
exists, metadata = store.exists(remote_name)
assert exists
assert metadata == headers
headers['x-amz-meta-state'] = 'processed'
assert store.update_metadata(remote_name, headers)
ok, metadata = store.read(remote_name, "example-from-s3")
assert ok
assert metadata == headers
