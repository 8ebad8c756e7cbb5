"""Hostile files through the real `ingest`: filed or in quarantine with a reason, with warnings only on
stderr.

These are the broken, encrypted and signed files, those that expand without bound, and small odd ones. Sound
scans that are merely large take minutes and are taken apart in tests/capture.
"""

import json
from pathlib import Path

import pytest

from fixtures.extra import EXTRA
from tests.e2e.conftest import scanflow

HOSTILE = EXTRA / "hostile"
MEGABYTES = 1500
BAD = {
    "circular-page-tree.pdf",
    "docspell_bombs--20K-gray.png",
    "docspell_bombs--20K-rgb.png",
    "docspell_secured--encrypted-test123.pdf",
    "hugemono.pdf",
    "invalid.pdf",
    "malformed-encrypt-dict1.pdf",
    "malformed-encrypt-dict2.pdf",
    "minimal-aes256.pdf",
    "minimal-pubkey-aes256.pdf",
    "minimal-rc4.pdf",
    *(f"broken-objstream{n}.pdf" for n in (1, 2, 3, 4, 6)),
}


SMALL = 5_000  # bytes


def chosen() -> list[Path]:
    return sorted(
        p for p in HOSTILE.iterdir() if p.name in BAD or p.stat().st_size < SMALL or "signed" in p.name
    )


@pytest.mark.shared_data
@pytest.mark.skipif(not HOSTILE.is_dir(), reason="no extra files here")
def test_each_hostile_file_is_filed_or_quarantined_with_a_reason(tmp_path: Path) -> None:
    env = {"SCANFLOW_LIMITS__MEMORY": str(MEGABYTES * 2**20)}
    result = scanflow(tmp_path, "ingest", *chosen(), "-d", "H57.132-260804-0583", "--json", env=env)
    assert result.returncode == 5
    assert all("[warning" in line for line in result.stderr.splitlines()), result.stderr
    (outcome,) = json.loads(result.stdout)
    count = outcome["count"]
    assert outcome["state"] == "closed"
    assert count["captured"] == count["filed"] + count["set_aside"] + count["quarantined"]
    assert count["files"] == len(chosen())
    quarantined = [laid for laid in outcome["laid"] if laid["where"] == "quarantined"]
    assert {laid["file"] for laid in quarantined} == BAD
    for laid in quarantined:
        assert laid["code"] in {"damaged", "encrypted", "oversized"}
        assert laid["reason"]
        assert laid["reason_vi"]
        assert " at 0x" not in laid["reason"]
    assert scanflow(tmp_path, "verify").returncode == 0
