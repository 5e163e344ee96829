"""The parts of the copy as they lie in the work bucket."""

from dataclasses import dataclass
from pathlib import Path

from reelsift.archive.part import FOLDER, SUFFIX
from reelsift.aws.objects import WorkBucket


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part, and how long it is (bytes)."""

    key: str
    size: int


class Parts:
    """Lists and reads parts. They are written once; compaction puts one in place of several, and then deletes these."""

    def __init__(self, work: WorkBucket) -> None:
        self._work = work

    async def all(self) -> list[StoredPart]:
        """All parts there are now, by key."""
        listed = [StoredPart(key, size) async for key, size in self._work.listed_below(FOLDER)]
        return [part for part in listed if part.key.endswith(SUFFIX)]

    async def download(self, part: StoredPart, path: Path) -> None:
        """Write a part to a file. Raises ClientError where it is gone."""
        with path.open("wb") as file:
            async for piece in self._work.pieces(part.key):
                file.write(piece)
