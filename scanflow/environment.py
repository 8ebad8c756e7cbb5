"""The environment of programs that handle untrusted bytes: how to run, and no secret."""

import os
import sys
from collections.abc import Mapping

_NAMES = frozenset(
    {
        *("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
        *("TESSDATA_PREFIX", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    }
)
if sys.platform == "win32":  # without these no program starts there
    _NAMES |= {
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP"),
        *("APPDATA", "LOCALAPPDATA", "USERPROFILE", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)"),
    }
_PREFIXES = ("LC_", "PYTHON", "OMP_", "OPENBLAS_", "MKL_")


def plain_environment(*more: str) -> Mapping[str, str]:
    """What of this process's environment says how to find and run programs, and nothing else.

    `more` are beginnings of further names that may pass. Passwords and keys come in variables of many
    names (`SCANFLOW_*`, `AWS_*`, `PG*`), so what passes is named here, not what is held back.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name in _NAMES or name.startswith((*_PREFIXES, *more))
    }
