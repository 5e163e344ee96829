"""A video that is large for its length, so that no browser has all of it before it is played."""

import io
import os

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_WIDTH, _HEIGHT, _FPS = 160, 120, 5


def noisy_clip(seconds: int) -> bytes:
    """An MP4 in H.264 of about 0.2 MB a second: noise cannot be compressed."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FPS)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "8", "g": str(_FPS)}
        for _ in range(seconds * _FPS):
            frame = VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
            for plane in frame.planes:
                plane.update(os.urandom(plane.buffer_size))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
