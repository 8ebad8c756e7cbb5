"""Access tokens of sessions and counters' agents: random; the catalog keeps only their SHA-256."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """A random token of 256 bits, as 43 characters that may stand in a URL."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """The SHA-256 of a token in hexadecimal digits: tokens are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
