"""A reviewer's corrections of filed documents; each stores a new version."""
