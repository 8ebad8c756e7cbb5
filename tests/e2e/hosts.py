"""Hosts for a test: network namespaces with names of their own on one bridge; plain processes elsewhere.

The servers listen on loopback, where no namespace reaches them. A forwarder on the bridge, with an address
for each server, passes bytes on to them; taking a server's address away is the cut of its network.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import Protocol


class Network(Protocol):
    """How hosts reach servers."""

    def reach(self, port: int) -> tuple[str, int]:
        """Where hosts find the server that listens on this port of loopback."""

    def command(self, host: str, command: Sequence[str]) -> list[str]:
        """What runs a command on a host, made when it is first named."""

    def cut(self, port: int) -> None:
        """Cut the network of this server: no host reaches it, nor gets an answer."""

    def heal(self, port: int) -> None:
        """Connect this server's network again."""


@contextmanager
def network() -> Iterator[Network]:
    """Namespaces where we may make them, else processes of one host and forwarders that refuse."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(_namespaces())
        except PermissionError:
            yield stack.enter_context(_processes())


class _Forwarder:
    """Passes TCP connections on to a port of loopback."""

    def __init__(self, address: str, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._open: set[socket.socket] = set()
        self._refusing = False
        self._listener = socket.create_server((address, 0), backlog=50)
        self.place: tuple[str, int] = self._listener.getsockname()[:2]
        Thread(target=self._accept, daemon=True).start()

    def refuse(self) -> None:
        """Close all connections, and refuse new ones."""
        self._refusing = True
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Serve again."""
        self._refusing = False

    def close(self) -> None:
        self.refuse()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        self._open.discard(source)


class _Namespaces:
    """A bridge with a /24 of its own; servers have .1 and up on it, hosts .101 and up."""

    def __init__(self) -> None:
        self._name = f"sf{os.getpid() % 100_000}"
        self._net = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
        self._forwarders: dict[int, _Forwarder] = {}
        self._hosts: dict[str, str] = {}
        _ip("link", "add", self._name, "type", "bridge")
        _ip("link", "set", self._name, "up")

    def reach(self, port: int) -> tuple[str, int]:
        address = f"{self._net}.{len(self._forwarders) + 1}"
        _ip("addr", "add", f"{address}/24", "dev", self._name)
        self._forwarders[port] = _Forwarder(address, port)
        return self._forwarders[port].place

    def command(self, host: str, command: Sequence[str]) -> list[str]:
        if host not in self._hosts:
            self._make(host, len(self._hosts) + 101)
        # A name of its own, too: on one host, workers know each other's processes.
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', host]
        return ["ip", "netns", "exec", self._hosts[host], *named, *command]

    def cut(self, port: int) -> None:
        _ip("addr", "del", f"{self._forwarders[port].place[0]}/24", "dev", self._name)

    def heal(self, port: int) -> None:
        _ip("addr", "add", f"{self._forwarders[port].place[0]}/24", "dev", self._name)

    def close(self) -> None:
        for forwarder in self._forwarders.values():
            forwarder.close()
        for space in self._hosts.values():
            _ip("netns", "del", space)
        _ip("link", "del", self._name)

    def _make(self, host: str, number: int) -> None:
        space, here, there = f"{self._name}-{host}", f"{self._name}h{number}", f"{self._name}g{number}"
        self._hosts[host] = space
        _ip("netns", "add", space)
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
        _ip("link", "set", here, "master", self._name, "up")
        _ip("-n", space, "addr", "add", f"{self._net}.{number}/24", "dev", there)
        _ip("-n", space, "link", "set", there, "up")
        _ip("-n", space, "link", "set", "lo", "up")


class _Processes:
    """Everything on this host."""

    def __init__(self) -> None:
        self._forwarders: dict[int, _Forwarder] = {}

    def reach(self, port: int) -> tuple[str, int]:
        self._forwarders[port] = _Forwarder("127.0.0.1", port)
        return self._forwarders[port].place

    def command(self, _host: str, command: Sequence[str]) -> list[str]:
        return list(command)

    def cut(self, port: int) -> None:
        self._forwarders[port].refuse()

    def heal(self, port: int) -> None:
        self._forwarders[port].serve()

    def close(self) -> None:
        for forwarder in self._forwarders.values():
            forwarder.close()


@contextmanager
def _namespaces() -> Iterator[Network]:
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("unshare") is None:
        raise PermissionError
    try:
        made = _Namespaces()
    except subprocess.CalledProcessError as error:  # root in a container may not, either
        raise PermissionError from error
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _processes() -> Iterator[Network]:
    made = _Processes()
    try:
        yield made
    finally:
        made.close()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
