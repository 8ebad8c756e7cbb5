"""scanflow: from paper at a one-stop counter to filed, searchable PDF/A under the dossier's number."""

__version__ = "0.1.0"

PROGRAM = f"scanflow {__version__}"
"""The program with its version, as files and manifests name it."""
