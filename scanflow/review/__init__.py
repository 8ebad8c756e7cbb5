"""Reviewers' work on what is filed: finding, seeing and correcting it, always within the own agency."""
