"""Ports of loopback for servers that tests start by a number, and that come back under the same one."""

import secrets
import socket

_FIRST, _END = 10_000, 32_000
"""Below the ports that Linux assigns by itself (32768 to 60999): no other program gets one of ours, not even
while a server of ours is restarted.
"""


def free_port() -> int:
    """A port on which nobody listens now."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Different ports on which nobody listens now."""
    found: list[int] = []
    while len(found) < count:
        port = _FIRST + secrets.randbelow(_END - _FIRST)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
