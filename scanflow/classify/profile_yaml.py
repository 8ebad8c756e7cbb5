"""One file of profiles: YAML, checked against `profiles/schema.json`.

Parsing and checking the shipped files takes as long as reading a quarter of a page, and gives the same result
at each start. So the result is kept in a file beside this module, by a checksum over schema and file. A file
that was changed since is parsed and checked as any other, which takes longer. After a change in `profiles/`,
write the result again:

    python -m scanflow.classify.profile_yaml
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

# The repository's `profiles/`, reached through a link inside the package: setuptools follows it, so a
# wheel carries the same files at the same place.
SHIPPED = Path(__file__).resolve().parent.parent / "profiles"

CHECKED = Path(__file__).with_name("checked_profiles.json")
"""The content of each shipped file by its checksum."""

KINDS, TYPES = "kinds.yaml", "types.yaml"


def load_checked(path: Path, kind: str) -> tuple[list[str], Any]:
    """Problems of syntax and schema in one file, and its content where there are none.

    `kind`: what the file is by the schema: `kinds`, `types` or `procedure`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return [f"{path}: {' '.join(str(error).split())}"], None
    known = _checked().get(_checksum(data, kind))
    return ([], known) if known is not None else parse(path, data, kind)


def parse(path: Path, data: bytes, kind: str) -> tuple[list[str], Any]:
    """The same from the file's bytes, without looking them up in `CHECKED`; `path` is for the messages."""
    # Imported here, because both take long to load and are not needed for the shipped files.
    import yaml  # noqa: PLC0415
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    try:
        raw = _read_yaml(data.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [f"{path}: {' '.join(str(error).split())}"], None
    schema = json.loads(_schema())
    validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    errors = sorted(validator.iter_errors(raw), key=lambda e: list(map(str, e.absolute_path)))
    problems = [f"{path}: {e.json_path.removeprefix('$').lstrip('.') or 'top'}: {e.message}" for e in errors]
    return problems, None if problems else raw


def procedure_files(folder: Path) -> list[Path]:
    """The files of procedures in a folder of profiles."""
    return sorted((folder / "procedures").glob("*.yaml"))


def imported_lists(folder: Path) -> list[Path]:
    """The files of imported lists in a folder of profiles, and of corrections to them."""
    return sorted((folder / "procedures").glob("*.jsonl"))


def checked_anew() -> str:
    """The new content of `CHECKED`. Raises ValueError where a shipped file has a fault."""
    files = [(SHIPPED / KINDS, "kinds"), (SHIPPED / TYPES, "types")]
    files += [(path, "procedure") for path in procedure_files(SHIPPED)]
    contents: dict[str, Any] = {}
    for path, kind in files:
        data = path.read_bytes()
        problems, contents[_checksum(data, kind)] = parse(path, data, kind)
        if problems:
            raise ValueError(problems[0])
    # One line for each file, so that a change of a file changes one line.
    lines = [f"{json.dumps(key)}: {json.dumps(raw, ensure_ascii=False)}" for key, raw in contents.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def doubled(ids: Iterable[str]) -> list[str]:
    """The ids that occur more than once, sorted."""
    listed = list(ids)
    return sorted({i for i in listed if listed.count(i) > 1})


@cache
def _schema() -> bytes:
    return (SHIPPED / "schema.json").read_bytes()


@cache
def _checked() -> dict[str, Any]:
    checked: dict[str, Any] = json.loads(CHECKED.read_bytes()) if CHECKED.exists() else {}
    return checked


def _checksum(data: bytes, kind: str) -> str:
    return hashlib.sha256(b"\0".join((_schema(), kind.encode(), data))).hexdigest()


def _read_yaml(text: str) -> Any:
    return _loader()(text).get_single_data()


@cache
def _loader() -> Any:
    import yaml  # noqa: PLC0415 - as above

    # The loader in C, which takes a tenth of the time, where PyYAML was built with it.
    base: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

    class Loader(base):  # type: ignore[misc]  # which of the two is known only here
        """YAML where days stay strings, as the schema requires, and a repeated key is an error."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - the name and form are PyYAML's
            first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            for key in doubled(key.value for key, _ in node.value):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} stands twice", node.start_mark
                )
            made: dict[Any, Any] = super().construct_mapping(node, deep)
            return made

    return Loader


def main() -> None:
    """Write `CHECKED`."""
    CHECKED.write_text(checked_anew(), encoding="utf-8")


if __name__ == "__main__":
    main()
