"""Marks that are not print: seals (con dấu), and streaks of scanners."""
