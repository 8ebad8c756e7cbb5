"""A stack of pages becomes papers, each with a type, fields and list rows, their evidence and confidence."""
