"""How often answers of each chance are right: a calibrated chance is as high as that share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

Judged = tuple[float, bool]
"""A chance that was said, and whether what it was said of is so."""


def reliability(judged: Mapping[str, Iterable[Judged]], edges: Sequence[float]) -> str:
    """A Markdown table, by what was judged and by chance between these edges; the last one is above 1."""
    rows = ["| what | chance | answers | mean chance | right |", "|---|---|---|---|---|"]
    for name, found in judged.items():
        rows += _rows(name, tuple(found), edges)
    return "\n".join(rows)


def _rows(name: str, found: Sequence[Judged], edges: Sequence[float]) -> Iterator[str]:
    for low, high in pairwise(edges):
        inside = [(chance, right) for chance, right in found if low <= chance < high]
        if inside:
            mean = sum(chance for chance, _ in inside) / len(inside)
            share = sum(right for _, right in inside) / len(inside)
            yield f"| {name} | {low:.2f} to {min(high, 1.0):.2f} | {len(inside)} | {mean:.1%} | {share:.1%} |"
