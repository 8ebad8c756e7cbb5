"""Logs go to stderr, a line an event; stdout is for results. They hold no names and no numbers of persons.

structlog takes a tenth of a second to load, so that is done when the first event is logged: most commands log
none.
"""

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

from scanflow.names import printable_text

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

LogLevel = Literal["debug", "info", "warning", "error"]


class Logger:
    """A structlog logger, made when it is first used: `log.warning("event", key=value)`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._logger: Any = None

    def __getattr__(self, method: str) -> Any:
        if self._logger is None:
            import structlog  # noqa: PLC0415 - loaded with the first event, see above

            _configure_now()
            self._logger = structlog.get_logger(self._name)
        return getattr(self._logger, method)


def get_logger(name: str) -> Logger:
    """The logger of a module; `name` is the module's."""
    return Logger(name)


class _Wanted:
    """The level that was configured last, kept until structlog is configured."""

    level: LogLevel | None = None
    changing = threading.Lock()


def configure_logs(level: LogLevel) -> None:
    """Set up this process's logs; a child process has to do it again."""
    _Wanted.level = level
    if "structlog" in sys.modules:
        _configure_now()


def _configure_now() -> None:
    with _Wanted.changing:
        if _Wanted.level is not None:
            _configure(_Wanted.level)
            _Wanted.level = None


def _configure(level: LogLevel) -> None:
    import structlog  # noqa: PLC0415 - loaded with the first event, see above

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _escape,
            # Tracebacks without local variables: those may hold papers' contents and passwords.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )


class _Stderr:
    """The present `sys.stderr`: tests and child processes replace it while loggers exist."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _escape(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    """Escape control characters in values from outside, such as a folder's name or a driver's message."""
    return {key: printable_text(value) if isinstance(value, str) else value for key, value in event.items()}
