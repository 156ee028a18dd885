"""The devices that come with femled, found by name, and device files found by path."""

from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path

from femled.device.pixel import Pixel
from femled.errors import InputError, unknown_name


@cache
def _folder() -> Path:
    installed = Path(str(files("femled"))) / "geometries"
    return installed if installed.is_dir() else installed.parent.parent / "geometries"


def device_names() -> tuple[str, ...]:
    """The names of all devices that come with femled."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def device_file(name: str) -> Path:
    """The file of a device that comes with femled.

    Raises:
        InputError: no such device; the nearest names are listed.
    """
    if name not in device_names():
        raise unknown_name("pixel", name, device_names())
    return _folder() / f"{name}.toml"


def load_pixel(name: str | PathLike[str]) -> Pixel:
    """The pixel of that name, or of that TOML file.

    Args:
        name: a device that comes with femled ("kim2018"), or the path of a device file (it ends in .toml).

    Returns:
        the pixel, checked.

    Raises:
        InputError: no such name or file, or a file that does not describe a pixel.
    """
    if str(name).endswith(".toml"):
        if not Path(name).is_file():
            raise InputError(f'no device file "{name}"; names of published pixels: {", ".join(device_names())}')
        return Pixel.load(name)
    return Pixel.load(device_file(str(name)))
