"""Files that a person names in a command: read within the limits, and written whole or not at all."""

from pathlib import Path

from scanflow.disk import write_whole
from scanflow.errors import OversizedInputError, UsageError
from scanflow.settings import LimitSettings


def require_file(path: Path) -> None:
    """Raise UsageError where what a person named is no file."""
    if path.is_dir():
        raise UsageError(
            f"{path}: is a folder; name files",
            f"{path.name} là thư mục. Hãy nêu tên tệp.",
        )
    if not path.is_file():
        raise UsageError(f"{path}: no such file", f"Không có tệp {path.name}. Hãy kiểm tra đường dẫn.")


def load_file(path: Path, limits: LimitSettings) -> bytes:
    """The bytes of a file that a person named. Raises UsageError (not a file) or OversizedInputError."""
    require_file(path)
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise OversizedInputError(f"{path}: {size} bytes, more than limits.file_bytes ({limits.file_bytes})")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", f"Không mở được tệp {path.name}.") from error


def require_other_file(source: Path, *outputs: Path | None) -> None:
    """Raise UsageError where an output is the source itself, also by another name: the scan would be lost."""
    for output in outputs:
        if output is not None and output.exists() and output.samefile(source):
            raise UsageError(
                f"{output}: is the file to be read itself; name another",
                f"Tệp kết quả {output.name} trùng với tệp gốc. Hãy đặt tên khác.",
            )


def write_beside(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError where that fails, as in a missing folder."""
    try:
        write_whole(path, [data])
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", f"Không ghi được tệp {path.name}.") from error
