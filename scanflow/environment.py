"""The environment variables for programs that handle untrusted bytes, without secrets."""

import os
import sys
from collections.abc import Mapping

_NAMES = frozenset(
    {
        *("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
        *("TESSDATA_PREFIX", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    }
)
if sys.platform == "win32":  # no program starts without these
    _NAMES |= {
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP"),
        *("APPDATA", "LOCALAPPDATA", "USERPROFILE", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)"),
    }
_PREFIXES = ("LC_", "PYTHON", "OMP_", "OPENBLAS_", "MKL_")


def plain_environment(*more: str) -> Mapping[str, str]:
    """The variables of this process that are needed to find and run programs, and no others.

    `more`: prefixes of further names that are allowed. Passwords and keys stand in variables of many
    names (`SCANFLOW_*`, `AWS_*`, `PG*`), so the allowed names are listed, not the forbidden ones.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name in _NAMES or name.startswith((*_PREFIXES, *more))
    }
