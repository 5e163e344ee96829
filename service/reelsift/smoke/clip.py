"""The clip of a smoke test: uploaded, and taken away again."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reelsift.aws.errors import code_of, message_of
from reelsift.domain.video import ObjectRef

if TYPE_CHECKING:
    from reelsift.aws.own_videos import OwnVideos
    from reelsift.domain.video import Video

FILE = Path(__file__).with_name("clip.mp4")
"""H.264 in MP4, by `make clip`."""

FILE_OF_TEN_SECONDS = Path(__file__).with_name("clip-10s.mp4")
"""Likewise."""

SECONDS = 4
"""Its length: enough for several samples of every analysis, and far below a minute's price."""

TEN_SECONDS = 10
"""The length of the other, which shows on an invoice whether AWS rounds up."""

PREFIX = "reelsift-smoke/"
"""Where clips lie: permissions for smoke tests need not reach further."""


@dataclass(frozen=True, slots=True)
class LeftClip:
    """A clip that could not be removed, why, and the permission that it takes."""

    uri: str
    problem: str
    permission: str


class Clip:
    """One clip that no bucket holds yet: key and content are this run's own, else it would be analysed already.

    With the `name` of another clip it is another content under the same key; `seconds` is SECONDS or TEN_SECONDS.
    """

    def __init__(self, videos: "OwnVideos", bucket: str, *, name: str | None = None, seconds: int = SECONDS) -> None:
        content = secrets.token_hex(6)
        self.name = name or content
        self.ref = ObjectRef(bucket, f"{PREFIX}{self.name}.mp4")
        file = FILE_OF_TEN_SECONDS if seconds == TEN_SECONDS else FILE
        self.body = file.read_bytes() + _free_box(content.encode())
        self._videos = videos
        self._upload: asyncio.Task[Video] | None = None

    async def upload(self) -> "Video":
        """Put the clip into its bucket. Raises what botocore raises."""
        # A request cut off half-way may have stored the clip in a version that nobody would know of.
        self._upload = asyncio.create_task(self._videos.put(self.ref, self.body))
        return await asyncio.shield(self._upload)

    async def remove(self) -> "LeftClip | None":
        """Take away what `upload` has stored, the version itself where the bucket keeps versions; what is left where
        that is refused.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        if self._upload is None:
            return None
        try:
            stored = await self._upload
        except (BotoCoreError, ClientError):
            return None
        try:
            await self._videos.delete(stored)
        except ClientError as error:
            why = f"{code_of(error)}: {message_of(error)}"
        except BotoCoreError as error:
            why = str(error)
        else:
            return None
        return LeftClip(self.ref.uri, why, "s3:DeleteObjectVersion" if stored.version_id else "s3:DeleteObject")


def _free_box(content: bytes) -> bytes:
    """Free space of an MP4: part of the file, and nothing to whoever plays it (ISO/IEC 14496-12, 8.1.2)."""
    return (8 + len(content)).to_bytes(4, "big") + b"free" + content
