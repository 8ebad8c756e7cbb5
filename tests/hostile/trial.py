"""One file, or a batch of damaged ones, given to `ingest`: what became of it, and what was wrong."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scanflow.errors import InputError
from scanflow.settings import LimitSettings
from tests.hostile.observed import Observed, observe

# `2026-11-25T10:47:12.123Z [warning  ] event   key=value`: what scanflow itself logs.
_OWN_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[(?:debug|info|warning)\s*\] ")
_START_SECONDS = 60.0  # for starting and stopping, on a machine that has other things to do


@dataclass(frozen=True)
class Trial:
    """The files of one batch and what `ingest --json` said of them."""

    files: tuple[Path, ...]
    observed: Observed
    limits: LimitSettings

    @property
    def name(self) -> str:
        return self.files[0].name if len(self.files) == 1 else f"{len(self.files)} damaged files"

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.files)

    @cached_property
    def outcome(self) -> dict[str, Any] | None:
        """What became of the batch; None where `ingest` did not come to tell."""
        try:
            (outcome,) = json.loads(self.observed.stdout)
        except ValueError:
            return None
        return dict(outcome)

    @property
    def laid(self) -> list[dict[str, Any]]:
        return list(self.outcome["laid"]) if self.outcome else []

    @property
    def quarantined(self) -> list[dict[str, Any]]:
        return [laid for laid in self.laid if laid["where"] == "quarantined"]

    @property
    def verdicts(self) -> Counter[str]:
        """How many pages, or whole files in quarantine, came to what end."""
        found: Counter[str] = Counter()
        if self.outcome and (filed := self.outcome["count"]["filed"]):
            found["filed"] = filed
        for laid in self.laid:
            where = laid["where"].replace("_", " ")
            found[f"{where}: {laid['code']}"] += 1
        return found

    @cached_property
    def problems(self) -> list[str]:
        """What was wrong."""
        found = [*self._end(), *self._count()]
        for laid in self.quarantined:
            if not (laid["reason"] and laid["reason_vi"] and laid["code"]) or " at 0x" in laid["reason"]:
                found.append(f"no clear reason: {laid['reason']!r}, {laid['reason_vi']!r}")
        strange = [line for line in self.observed.stderr.splitlines() if not _OWN_LINE.match(line)]
        if strange:
            found.append(f"on stderr: {strange[0][:200]} ({len(strange)} lines)")
        if self.observed.left:
            found.append(f"{self.observed.left} processes left behind")
        if max(self.observed.child, self.observed.space) > self.limits.memory:
            found.append(f"a child had {self.observed.space} bytes of address space")
        return [f"{self.name}: {problem}" for problem in found]

    def _end(self) -> list[str]:
        if self.observed.code is None:
            return [f"still running after {self.observed.seconds:.0f} s, beyond every limit"]
        expected = InputError.exit_code if self.quarantined else 0
        if self.observed.code != expected:
            return [f"exit code {self.observed.code}, not {expected}"]
        return []

    def _count(self) -> list[str]:
        if self.outcome is None:
            return ["no outcome"]
        count = self.outcome["count"]
        settled = count["filed"] + count["set_aside"] + count["quarantined"]
        if self.outcome["state"] != "closed" or count["captured"] != settled:
            return [f"batch is {self.outcome['state']}, {settled} of {count['captured']} pages settled"]
        if count["files"] != len(self.files):
            return [f"{count['files']} of {len(self.files)} files taken"]
        if not count["captured"] + count["files_quarantined"]:
            return ["neither a page nor a reason came of it"]
        return []


def put_to_trial(home: Path, files: Sequence[Path], number: str, limits: LimitSettings) -> Trial:
    """Ingest files as one batch into the dossier of this number."""
    observed = observe(
        home,
        "ingest",
        *files,
        "-d",
        number,
        "--json",
        within=_longest(len(files), limits),
        env=_as_variables(limits),
    )
    return Trial(tuple(files), observed, limits)


def _longest(files: int, limits: LimitSettings) -> float:
    """The longest time that the files may take, each up to its limits and with all retries. Files of many
    pages may take longer; none here does.
    """
    once = limits.file_seconds + limits.seconds + limits.retry_seconds
    return _START_SECONDS + files * limits.attempts * once


def _as_variables(limits: LimitSettings) -> dict[str, str]:
    return {f"SCANFLOW_LIMITS__{name.upper()}": str(value) for name, value in limits.model_dump().items()}
