"""Object storage: the protocol, a folder, any S3 server, and the names of objects."""
