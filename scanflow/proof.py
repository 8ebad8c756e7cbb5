"""How a counter's agent knows an answer of its own server from everybody else's.

Between the two there are proxies, captive portals and wrong hosts, which answer with 200 and a page of their
own. So the agent sends a number with each call that it uses once, and the server answers with a keyed hash
over that number, the status and the body. A server that did not receive this call with its token can't make
it: no error page, no cache, no echo, no other program.

This is against accidents. A person who reads the token on the way can forge an answer; TLS prevents that.
"""

import hmac
from hashlib import sha256

NONCE_HEADER = "X-Scanflow-Nonce"
PROOF_HEADER = "X-Scanflow-Proof"


def proof_of(token: str, nonce: str, status: int, body: bytes) -> str:
    """The proof of an answer to the call that had this token and nonce: 64 hexadecimal digits."""
    said = f"{nonce}\n{status}\n".encode() + body
    return hmac.new(token.encode(), said, sha256).hexdigest()


def is_proof(said: str, token: str, nonce: str, status: int, body: bytes) -> bool:
    """Whether `said`, a header of an answer, proves that the answer is our server's."""
    return hmac.compare_digest(said.encode(), proof_of(token, nonce, status, body).encode())
