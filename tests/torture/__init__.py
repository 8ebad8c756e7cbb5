"""Torture: processes and the store are killed at random while paper comes in; nothing may be lost."""
