"""Values of options without pydantic, which typer loads to make a path or a number of an option's text.

That takes a tenth of the time in which a page is read. Texts, plain paths and defaults need no checking; for
all else (numbers with limits, choices) typer's own way is taken. Typer has no public place for this; a
version of it that is built otherwise is left as it is.
"""

import os
from pathlib import Path
from typing import Any, get_args, get_origin

_CHECKED = ("exists", "writable", "resolve_path", "allow_dash", "path_type", "parser")
_EXCLUDED = ("file_okay", "dir_okay")


def make_values_quickly() -> None:
    """Let typer make the values of all options by `Quick` from now on, if it is a version that can."""
    try:
        from typer import core
        from typer._coercion import RuntimeParam, build_runtime_param
    except ImportError:
        return

    class Quick(RuntimeParam):
        """How an option's value is made of what was given."""

        def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
            if isinstance(self.annotation, type) and isinstance(value, self.annotation):
                return value  # a default, or a flag: what is typed in is a text
            if _is_plain(self.annotation, self.parameter_info) and _all_readable(value):
                return _plain(self.annotation, value)
            return build_runtime_param(param.type_descriptor)._coerce_value(value, param=param, ctx=ctx)

    def build(descriptor: Any) -> RuntimeParam:
        if descriptor.file_annotation is not None:
            return build_runtime_param(descriptor)
        return Quick(parameter_info=descriptor.parameter_info, annotation=descriptor.annotation)

    core.build_runtime_param = build  # type: ignore[attr-defined]  # not exported, see above


def _is_plain(annotation: Any, stated: Any) -> bool:
    """Whether a value of this type needs no checking but that a file can be read."""
    if get_origin(annotation) is list:
        return _is_plain(get_args(annotation)[0], stated)
    checked = any(getattr(stated, name, None) for name in _CHECKED)
    excluded = not all(getattr(stated, name, True) for name in _EXCLUDED)
    return annotation in (str, Path) and not checked and not excluded


def _all_readable(value: Any) -> bool:
    """Whether those that are names of files that are there can be read; else typer has a message for it."""
    texts = value if isinstance(value, list | tuple) else (value,)
    # Where a name is too long for the system, `Path.exists` raises.
    return all(os.access(text, os.R_OK) or not os.path.exists(text) for text in texts)  # noqa: PTH110


def _plain(annotation: Any, value: Any) -> Any:
    if get_origin(annotation) is list:
        return [_plain(get_args(annotation)[0], each) for each in value]
    return annotation(value)
