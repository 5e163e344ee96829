"""Short real videos, made on the spot, so that tests need no files. `python -m rekognition_cloud.clips` writes one."""

import argparse
import io
import itertools
import math
import random
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_WIDTH = 128
_HEIGHT = 96
# Ticks a second: the frame times of all usual rates come out even, and MPEG-4 Part 2 allows no more than 65535.
_TICKS = 60000


def clip(seconds: float, *, seed: int = 0, fps: int = 5, codec: str = "libx264") -> bytes:
    """An MP4 of this length, H.264 unless `codec` names another of PyAV's encoders ("mpeg4", "libvpx-vp9").

    Two seeds give two pictures, thus two ETags. The last frame is cut short where `seconds` is no whole number of
    frames. Raises ValueError for a length that holds no frame, TypeError for a codec that is not one of pictures.
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
        pictures = (_picture(seed, number, number * step) for number in range(math.ceil(length / step)))
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
