import subprocess
assert store.write("example", "example-in-s3")
exists, metadata = store.exists("example-in-s3")
assert exists
ok, metadata = store.read("example-in-s3", "example-from-s3")
assert ok
assert 0 == subprocess.call(['diff', "example", "example-from-s3"])
assert store.delete("example-in-s3")
exists, metadata = store.exists("example-in-s3")
assert not exists
