import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
from av.audio.stream import AudioStream
from av.error import FFmpegError
from moto.s3.models import FakeKey, s3_backends
from moto.utilities.utils import get_partition

from rekognition_cloud.patches.s3 import is_readable
from rekognition_cloud.rekognition.refusal import Refusal

_KEPT_PROBES = 4096
# FFmpeg's AVCOL_RANGE_JPEG; everything else, unspecified too, is the limited range of broadcast.
_FULL_RANGE = 2


@dataclass(frozen=True)
class AudioMetadata:
    """What an answer of GetSegmentDetection says of one audio stream."""

    codec: str
    duration_ms: int
    sample_rate: int
    channels: int

    def as_answer(self) -> dict[str, Any]:
        return {
            "Codec": self.codec,
            "DurationMillis": self.duration_ms,
            "SampleRate": self.sample_rate,
            "NumberOfChannels": self.channels,
        }


@dataclass(frozen=True)
class VideoMetadata:
    """What a Get answer says of the video itself."""

    codec: str
    duration_ms: int
    format: str
    frame_rate: float
    height: int
    width: int
    color_range: str
    audio: tuple[AudioMetadata, ...] = ()

    def as_answer(self) -> dict[str, Any]:
        """The structure `VideoMetadata` of the Get answers."""
        return {
            "Codec": self.codec,
            "DurationMillis": self.duration_ms,
            "Format": self.format,
            "FrameRate": self.frame_rate,
            "FrameHeight": self.height,
            "FrameWidth": self.width,
            "ColorRange": self.color_range,
        }


@dataclass(frozen=True)
class StoredVideo:
    """One content of one S3 object, as it stood when the job was started."""

    bucket: str
    key: str
    version: str | None
    etag: str
    size_bytes: int
    read: Callable[[], bytes]


def find_object(account: str, region: str, bucket: str, key: str, version: str | None = None) -> StoredVideo:
    """Finds an object in moto's S3.

    Raises Refusal: InvalidS3ObjectException where bucket, key or version is missing, the bucket is in another
    region, or the object is archived or under a customer's key.
    """
    stored = s3_backends[account][get_partition(region)].buckets.get(bucket)
    versions = stored.keys.getlist(key, default=[]) if stored and stored.region_name == region else []
    if version is None:
        found = versions[-1] if versions else None
    else:
        found = next((one for one in versions if str(one.version_id) == version), None)
    # A delete marker has no content: the object is gone, though its versions are not.
    if not isinstance(found, FakeKey) or not is_readable(found):
        raise Refusal(
            "InvalidS3ObjectException",
            "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
        )
    return StoredVideo(
        bucket=bucket,
        key=key,
        version=version,
        etag=found.etag.strip('"'),
        size_bytes=found.contentsize,
        read=lambda: bytes(found.value),
    )


class Probe:
    """Reads codec, length and frame rate from a video's bytes, once for each content."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], VideoMetadata | None] = OrderedDict()
        self._lock = threading.Lock()

    def metadata(self, video: StoredVideo) -> VideoMetadata | None:
        """The metadata; None where this is not a readable H.264 video in an MPEG-4 or QuickTime file."""
        content = (video.etag, video.size_bytes)
        with self._lock:
            if content in self._known:
                self._known.move_to_end(content)
                return self._known[content]
            metadata = self._known[content] = _read_metadata(video.read())
            if len(self._known) > _KEPT_PROBES:
                self._known.popitem(last=False)
            return metadata


def _read_metadata(content: bytes) -> VideoMetadata | None:
    try:
        with av.open(io.BytesIO(content), "r") as container:
            if not container.streams.video or container.duration is None:
                return None
            stream = container.streams.video[0]
            if stream.codec_context.name != "h264" or "mp4" not in container.format.name.split(","):
                return None
            # A header alone is no video: one frame at least must decode.
            next(container.decode(stream))
            return VideoMetadata(
                codec=stream.codec_context.name,
                duration_ms=round(container.duration / 1000),
                format=container.format.long_name,
                frame_rate=float(stream.average_rate or 0),
                height=stream.codec_context.height,
                width=stream.codec_context.width,
                color_range="FULL" if stream.codec_context.color_range == _FULL_RANGE else "LIMITED",
                audio=tuple(_audio(one, container.duration) for one in container.streams.audio),
            )
    except (FFmpegError, StopIteration, ValueError):
        return None


def _audio(stream: AudioStream, container_us: int) -> AudioMetadata:
    whole_s = stream.duration * stream.time_base if stream.duration and stream.time_base else container_us / 1_000_000
    return AudioMetadata(
        codec=stream.codec_context.name,
        duration_ms=round(whole_s * 1000),
        sample_rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.channels,
    )
