"""Without an archive: files are read, made searchable, cut into papers, classified."""
