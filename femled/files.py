"""Files and folders that are whole or absent: written under a temporary name, synced, then renamed."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from femled.errors import ResultFileError


def reason(error: Exception) -> str:
    """Why a file could not be written, in a few words: the HDF5 libraries bury it in a page."""
    text = str(error)
    if "No space left" in text:
        return "no space left on the disk"
    return getattr(error, "strerror", None) or " ".join(text.split())[:120]


@contextmanager
def whole_file(path: str | PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends, and vanishes if it fails.

    Raises:
        ResultFileError: no permission, disk full, or another fault of the file system.
    """
    target = Path(path)
    temporary = target.with_name(f".tmp-{secrets.token_hex(6)}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as handle:
            os.fsync(handle.fileno())
        temporary.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ResultFileError(target, f"cannot be written ({reason(error)})") from None
    finally:
        with suppress(OSError):  # the folder itself is not accessible: nothing was written there
            temporary.unlink(missing_ok=True)


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write a file so that it is complete or not there at all.

    Args:
        path: where.
        content: all of it.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def whole_folder(path: str | PathLike[str]) -> Iterator[Path]:
    """A temporary folder whose files move into `path` when the block ends, and vanish if it fails or is interrupted.

    Raises:
        ResultFileError: no permission, disk full, or another fault of the file system.
    """
    target = Path(path)
    temporary = target.with_name(f".tmp-{secrets.token_hex(6)}-{target.name}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(temporary.iterdir()):
            file.replace(target / file.name)
    except ResultFileError as error:
        raise ResultFileError(target, error.reason) from None
    except OSError as error:
        raise ResultFileError(target, f"cannot be written ({reason(error)})") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
