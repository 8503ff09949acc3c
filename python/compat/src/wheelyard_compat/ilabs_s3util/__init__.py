"""What `ilabs.s3util` is here: setup.py commands that publish packages and upload files."""
