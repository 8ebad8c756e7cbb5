"""Logs go to stderr, a line an event; stdout is for results. They hold no names and no numbers of persons."""

import logging
import sys
from typing import Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from scanflow.names import printable_text

LogLevel = Literal["debug", "info", "warning", "error"]


def configure_logs(level: LogLevel) -> None:
    """Set up this process's logs; a child process has to do it again."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _escape,
            # Plainly: what is in hand at an error are people's papers, and the secrets of the settings.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )


class _Stderr:
    """The stderr of the moment: loggers outlive one that was exchanged, as tests and children do."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What comes from elsewhere (a folder's name, a driver's words) may not act on the terminal."""
    return {key: printable_text(value) if isinstance(value, str) else value for key, value in event.items()}
