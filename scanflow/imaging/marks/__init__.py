"""Marks that are no print: seals (con dấu) and the streaks of scanners."""
