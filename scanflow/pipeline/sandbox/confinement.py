"""Takes rights from a child process before it decodes untrusted bytes.

There are three layers of confinement, each as far as the kernel supports it; `scanflow doctor` shows which
are active. docs/decisions/0013-sandbox.md has the reasons, and what is not covered.

- `no_new_privs`: no program that it starts gets more rights than it has (set-uid, file capabilities).
- Landlock: it reads systems' files, this program and its models, writes its own temporary folder only, opens
  no TCP port and connects to none, and sends signals to nobody but its own children.
- seccomp: no socket of any kind, no look into other processes, no mounts, keys, modules and the like.
"""

import ctypes
import errno
import os
import resource
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import landlockpy
from landlockpy import AccessFS, AccessNet, Scope

import scanflow
from scanflow.logs import get_logger

log = get_logger(__name__)

NO_NEW_PRIVILEGES, LANDLOCK, SECCOMP = "no-new-privs", "landlock", "seccomp"
ALL = (NO_NEW_PRIVILEGES, LANDLOCK, SECCOMP)
"""The names of the layers."""

_PR_SET_NO_NEW_PRIVS = 38

_READ = AccessFS.READ_FILE | AccessFS.READ_DIR
_RUN = _READ | AccessFS.EXECUTE
_DEVICE = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.IOCTL_DEV
_PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_FILES = (
    *("/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/papersize", "/etc/mime.types"),
    *("/var/cache/fontconfig", "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)

_REFUSED_CALLS = (
    # Any way to speak with anybody: TCP, UDP, UNIX sockets (the database's, the fork server's), netlink.
    *("socket", "connect", "bind", "listen", "accept", "accept4"),
    # io_uring opens sockets and files past all of this.
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # Into other processes.
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "kcmp"),
    *("process_madvise", "perf_event_open"),
    # Into the kernel and its namespaces.
    *("bpf", "userfaultfd", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount"),
    *("open_tree", "fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr", "swapon", "swapoff"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("iopl", "ioperm", "acct", "quotactl", "syslog", "personality"),
    *("open_by_handle_at", "name_to_handle_at", "fanotify_init"),
    *("add_key", "request_key", "keyctl"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
)
_TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into the terminal that the program was started from."""
_NEW_NAMESPACES = tuple(1 << bit for bit in (17, 25, 26, 27, 28, 29, 30))
"""Flags of `clone` that make namespaces: CLONE_NEWNS to CLONE_NEWNET."""


def load_libraries() -> None:
    """Find the C libraries that `confine` calls. Finding one runs a program and takes about 5 ms; children
    that are forked from this process need not do it again.
    """
    landlockpy.supported()
    _seccomp()


def _seccomp() -> ModuleType | None:
    """The library, if its own one (libseccomp) is there."""
    try:
        import pyseccomp  # noqa: PLC0415  it looks for libseccomp when it is imported
    except (ImportError, OSError, RuntimeError):
        return None
    return pyseccomp  # type: ignore[no-any-return]  # no types are published for it


def confine(temporary: Path, readable: Iterable[Path] = ()) -> tuple[str, ...]:
    """Confine this process and all that it will start; gives the names of the active layers.

    `temporary` is the only folder that it may write to, and becomes that of `tempfile` and of later programs;
    `readable` are folders that it may read besides the system's. Call it before threads are started, because
    it applies to the calling thread only.
    """
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory that holds people's papers
    layers = (
        (NO_NEW_PRIVILEGES, _take_no_privileges()),
        (LANDLOCK, _confine_files(temporary, readable)),
        (SECCOMP, _refuse_calls()),
    )
    return tuple(name for name, active in layers if active)


def _take_no_privileges() -> bool:
    refused: int = ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return refused == 0


def _confine_files(temporary: Path, readable: Iterable[Path]) -> bool:
    if not landlockpy.supported():
        return False
    own: list[str | Path] = [Path(scanflow.__file__).parent, sys.prefix, sys.base_prefix, sys.exec_prefix]
    # Installed elsewhere than under the prefix: a distribution's packages, a PYTHONPATH.
    own += [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    own += [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    write = ~AccessFS.EXECUTE & ~AccessFS.MAKE_CHAR & ~AccessFS.MAKE_BLOCK & ~AccessFS.IOCTL_DEV
    scoped = Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET
    net = AccessNet.BIND_TCP | AccessNet.CONNECT_TCP
    with landlockpy.Ruleset(handled_net=net, scoped=scoped) as rules:
        allowed: list[tuple[AccessFS, Iterable[str | Path]]] = [
            (_RUN, (*_PROGRAMS, *own)),
            (_READ, (*_FILES, *readable)),
            (_DEVICE, ("/dev/null",)),
            (rules.handled_fs & write, (temporary,)),
        ]
        for access, places in allowed:
            for place in places:
                with suppress(FileNotFoundError):  # not every system has each of them
                    _allow(rules, Path(place), access)
        rules.restrict()
    return True


def _allow(rules: landlockpy.Ruleset, place: Path, access: AccessFS) -> None:
    if not place.is_dir():
        access &= AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.EXECUTE | AccessFS.IOCTL_DEV
    rules.allow_path(place, access)


def _refuse_calls() -> bool:
    library = _seccomp()
    if library is None:
        return False
    refused = library.ERRNO(errno.EPERM)
    rules = library.SyscallFilter(library.ALLOW)
    for call in _REFUSED_CALLS:
        with suppress(OSError, ValueError, RuntimeError):  # not every architecture and library knows each
            rules.add_rule(refused, call)
    for flag in _NEW_NAMESPACES:
        rules.add_rule(refused, "clone", library.Arg(0, library.MASKED_EQ, flag, flag))
    for request in _TERMINAL_INPUT:
        rules.add_rule(refused, "ioctl", library.Arg(1, library.MASKED_EQ, 0xFFFFFFFF, request))
    # Its flags lie in memory, where no filter can look. Programs that call it fall back to `clone`.
    with suppress(OSError, ValueError, RuntimeError):
        rules.add_rule(library.ERRNO(errno.ENOSYS), "clone3")
    try:
        rules.load()
    except OSError:
        return False
    return True
