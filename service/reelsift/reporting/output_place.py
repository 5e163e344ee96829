"""Where a user wants a file or a folder written, looked at before anything else is done: some of what is written takes
minutes to find out.
"""

from pathlib import Path

from reelsift.errors import FileIsThere, NoSuchFolder, OutputIsFile, OutputIsFolder


def check_file(path: Path, *, overwrite: bool) -> None:
    """Raises OutputIsFolder, NoSuchFolder, and FileIsThere unless it is to `overwrite`."""
    if path.is_dir():
        raise OutputIsFolder(str(path))
    if not path.parent.is_dir():
        raise NoSuchFolder(str(path), str(path.parent))
    if path.exists() and not overwrite:
        raise FileIsThere(str(path))


def check_folder(path: Path) -> None:
    """Raises OutputIsFile where no folder can be made there, since it or one above it is a file."""
    nearest = next(place for place in (path, *path.parents) if place.exists())
    if not nearest.is_dir():
        raise OutputIsFile(str(path), str(nearest))
