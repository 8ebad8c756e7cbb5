"""How a counter's agent recognizes an answer of its own server.

Proxies, captive portals and wrong hosts may answer with 200 and a page of their own. So the agent sends a
nonce with each call, and the server answers with a keyed hash over that nonce, the status and the body. Only
a program that knows the token and received this call can make it.

This protects against accidents. A person who reads the token in transit can forge an answer; TLS prevents
that.
"""

import hmac
from hashlib import sha256

NONCE_HEADER = "X-Scanflow-Nonce"
PROOF_HEADER = "X-Scanflow-Proof"


def proof_of(token: str, nonce: str, status: int, body: bytes) -> str:
    """The proof of an answer to the call that had this token and nonce: 64 hexadecimal digits."""
    signed = f"{nonce}\n{status}\n".encode() + body
    return hmac.new(token.encode(), signed, sha256).hexdigest()


def is_proof(proof: str, token: str, nonce: str, status: int, body: bytes) -> bool:
    """Whether `proof`, a header of an answer, proves that the answer is from the agent's server."""
    return hmac.compare_digest(proof.encode(), proof_of(token, nonce, status, body).encode())
