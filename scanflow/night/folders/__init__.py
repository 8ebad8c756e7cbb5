"""An archive that is files in folders: each file made searchable into a second tree of the same names."""
