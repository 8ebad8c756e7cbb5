"""Which error comes back of a task that failed: an error of the page, or of the program."""

import errno
from collections.abc import Callable

import cv2
import pytest

from scanflow.errors import DamagedInputError, InputError, LimitError, MissingToolError
from scanflow.pipeline.sandbox import tasks
from scanflow.pipeline.sandbox.channel import unpack_answer


class OfALibraryError(Exception):
    """An error class that the parent may be unable to import."""


def out_of_memory() -> cv2.error:
    error = cv2.error("Insufficient memory")
    error.code = cv2.Error.StsNoMem
    return error


@pytest.mark.parametrize(
    ("raised", "comes_back"),
    [
        (DamagedInputError("broken"), DamagedInputError),
        (MissingToolError("no model"), MissingToolError),
        (MemoryError(), LimitError),
        (out_of_memory(), LimitError),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), LimitError),
        (OSError("image file is odd"), InputError),
        (cv2.error("assertion failed"), InputError),
        (OfALibraryError(), InputError),
        (OSError(errno.ENOSPC, "No space left on device"), OSError),
        (ImportError("no module"), ImportError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_errors(raised: Exception, comes_back: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise raised

    failing: dict[str, Callable[[], None]] = {"read": fail}
    monkeypatch.setattr(tasks, "_TASKS", failing)
    error = unpack_answer("read", bytearray(tasks.carry_out("read", ())))
    assert type(error) is comes_back
    if type(raised) is comes_back:
        assert str(error) == str(raised)
