"""Short real videos, made on the spot, so that tests need no files. `python -m rekognition_cloud.clips` writes one."""

import argparse
import io
import itertools
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from rekognition_cloud import lettering

_WIDTH = 128
_HEIGHT = 96
# Ticks a second: the frame times of all usual rates come out even, and MPEG-4 Part 2 allows no more than 65535.
_TICKS = 60000


_BLACK, _WHITE, _NO_COLOUR = 16, 235, 128
"""Of the limited range of broadcast: luma, and chroma."""

_BORDER = 3


@dataclass(frozen=True, slots=True)
class Card:
    """Lines of text that are written into the picture from `start_s` until `end_s`, or on black in its place.

    Letters are those of `rekognition_cloud.lettering`, and as large as the longest line allows. A card without lines is
    black frames. Raises ValueError for what does not fit: 9 lines of 20 letters do.
    """

    start_s: float
    end_s: float
    lines: tuple[str, ...] = ()
    on_black: bool = True

    def __post_init__(self) -> None:
        widest = max(map(lettering.width_of, self.lines), default=0)
        if widest > _WIDTH - 2 * _BORDER or len(self.lines) * (lettering.HEIGHT + _BORDER) > _HEIGHT:
            raise ValueError(f"a picture has no room for {len(self.lines)} lines, {widest} dots wide")


def clip(seconds: float, *, seed: int = 0, fps: int = 5, codec: str = "libx264", cards: Iterable[Card] = ()) -> bytes:
    """An MP4 of this length, H.264 unless `codec` names another of PyAV's encoders ("mpeg4", "libvpx-vp9").

    Two seeds give two pictures, thus two ETags. The last frame is cut short where `seconds` is no whole number of
    frames. Raises ValueError for a length that holds no frame, TypeError for a codec that is not one of pictures,
    KeyError for a letter of `cards` that cannot be written.
    """
    if seconds <= 0 or fps <= 0:
        raise ValueError(f"a clip needs a length and a frame rate above 0, not {seconds} s at {fps} fps")
    length = round(seconds * _TICKS)
    step = _TICKS // fps
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=fps)
        if not isinstance(stream, VideoStream):
            raise TypeError(f"{codec} encodes no pictures")
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        # A second thread costs more to start than such a picture takes to encode.
        stream.codec_context.thread_count = 1
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "40"}
        pictures = (
            _with_cards(_picture(seed, number, number * step), number / fps, cards)
            for number in range(math.ceil(length / step))
        )
        for picture in itertools.chain(pictures, [None]):
            for packet in stream.encode(picture):
                # The encoder gives every packet a whole frame, the last one too.
                packet.duration = min(step, length - (packet.pts or 0))
                container.mux(packet)
    return file.getvalue()


def _picture(seed: int, number: int, pts: int) -> VideoFrame:
    """A ramp whose slope and shade follow from the seed, moving from frame to frame."""
    shade = random.Random(f"{seed}/{number // 8}")  # noqa: S311  # a picture, not a secret
    base, slope = shade.randrange(256), shade.randrange(1, 6)
    frame = VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
    frame.pts, frame.time_base = pts, Fraction(1, _TICKS)
    for index, plane in enumerate(frame.planes):
        ramp = bytes((base + slope * column + 7 * number + 40 * index) & 0xFF for column in range(plane.line_size))
        plane.update(ramp * plane.height)
    return frame


def _with_cards(frame: VideoFrame, at_s: float, cards: Iterable[Card]) -> VideoFrame:
    for card in cards:
        if card.start_s <= at_s < card.end_s:
            _write(frame, card)
    return frame


def _write(frame: VideoFrame, card: Card) -> None:
    luma, *chroma = (bytearray(plane) for plane in frame.planes)
    row_bytes = frame.planes[0].line_size
    if card.on_black:
        luma[:] = bytes([_BLACK]) * len(luma)
        chroma = [bytearray([_NO_COLOUR]) * len(plane) for plane in chroma]
    scale = _scale(card.lines)
    line_height = (lettering.HEIGHT + _BORDER) * scale
    top = (_HEIGHT - len(card.lines) * line_height) // 2
    for number, line in enumerate(card.lines):
        left = (_WIDTH - lettering.width_of(line) * scale) // 2
        start = top + number * line_height
        # A dark bar behind it: white letters are to be read whatever the picture.
        for row in range(start - scale, start + (lettering.HEIGHT + 1) * scale):
            luma[row * row_bytes : row * row_bytes + _WIDTH] = bytes([_BLACK]) * _WIDTH
        for column, row in lettering.dots(line):
            for dot_row in range(start + row * scale, start + (row + 1) * scale):
                place = dot_row * row_bytes + left + column * scale
                luma[place : place + scale] = bytes([_WHITE]) * scale
    for plane, content in zip(frame.planes, (luma, *chroma), strict=True):
        plane.update(bytes(content))


def _scale(lines: tuple[str, ...]) -> int:
    """How many pixels a dot is wide and high."""
    longest = max((lettering.width_of(line) for line in lines), default=1)
    by_height = _HEIGHT // (max(1, len(lines)) * (lettering.HEIGHT + _BORDER))
    return max(1, min((_WIDTH - 2 * _BORDER) // longest, by_height, 2 * _BORDER))


def main() -> None:
    """Writes one clip into a file."""
    parser = argparse.ArgumentParser(prog="python -m rekognition_cloud.clips", description="Make a short H.264 video.")
    parser.add_argument("file", type=Path, help="Where the MP4 is written.")
    parser.add_argument("--seconds", type=float, default=4, help="Its length. Default: 4.")
    parser.add_argument("--seed", type=int, default=0, help="Decides the picture. Default: 0.")
    arguments = parser.parse_args()
    arguments.file.write_bytes(clip(arguments.seconds, seed=arguments.seed))


if __name__ == "__main__":
    main()
