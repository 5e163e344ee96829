"""An object of a report that is written as it is made."""

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelsift.aws.objects import ObjectWriter


class DigestedObject:
    """What is written to an object, with its length and its checksum."""

    def __init__(self, key: str, writer: "ObjectWriter") -> None:
        self._key = key
        self._writer = writer
        self._bytes = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    async def write(self, body: bytes) -> None:
        """Append to the object."""
        self._bytes += len(body)
        self._md5.update(body)
        await self._writer.write(body)

    async def write_text(self, text: str) -> None:
        """Append a text in UTF-8, with question marks for what this cannot hold."""
        await self.write(text.encode(errors="replace"))

    @property
    def md5(self) -> str:
        """The checksum as S3 Batch Operations names it: hexadecimal."""
        return self._md5.hexdigest()

    @property
    def noted(self) -> dict[str, Any]:
        """What the report's summary keeps of it."""
        return {"key": self._key, "bytes": self._bytes, "md5": self.md5}
