"""The distance of two fingerprints of pages; unlike computing one, it needs no image library."""

SAME = 40
"""Bits. Up to this distance two pages may be one sheet scanned twice: rescans differ in up to 40 of 256 bits.

That is a reason to compare their texts, not a proof: one form filled in for two people differs in 20 bits or
more, other pages in 43 or more (of 12,000 pairs). On 31 other sheets (bench.duplicates, seed 20261127) a
limit of 24 misses 2 of 30 pairs, and one of 60 finds no more pairs.
"""


def distance(a: str, b: str) -> int:
    """In how many bits two fingerprints differ: 0 for equal pictures, about 128 for unrelated ones."""
    return (int(a, 16) ^ int(b, 16)).bit_count()
