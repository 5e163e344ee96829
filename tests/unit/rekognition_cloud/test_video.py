"""What the service reads from a file."""

import io

import av
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from rekognition_cloud.clips import clip
from rekognition_cloud.rekognition.video import AudioMetadata, Probe, StoredVideo


def with_silence(video: bytes, *, sample_rate: int, layout: str, seconds: int) -> bytes:
    """The video with an audio stream of nothing."""
    file = io.BytesIO()
    with av.open(io.BytesIO(video), "r") as source, av.open(file, "w", format="mp4") as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        sound = target.add_stream("aac", rate=sample_rate, layout=layout)
        assert isinstance(sound, AudioStream)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                target.mux(packet)
        for number in range(seconds * sample_rate // 1000):
            silence = AudioFrame(format="fltp", layout=layout, samples=1000)
            silence.sample_rate, silence.pts = sample_rate, number * 1000
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            target.mux(sound.encode(silence))
        target.mux(sound.encode(None))
    return file.getvalue()


def stored(content: bytes) -> StoredVideo:
    return StoredVideo("videos", "a.mp4", None, str(hash(content)), len(content), lambda: content)


def test_audio_streams_are_read() -> None:
    metadata = Probe().metadata(stored(with_silence(clip(2), sample_rate=48_000, layout="mono", seconds=2)))
    assert metadata is not None
    (audio,) = metadata.audio
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 48_000, 1)
    assert audio.duration_ms == pytest.approx(2000, abs=50)
    assert AudioMetadata("aac", 2000, 48_000, 1).as_answer() == {
        "Codec": "aac",
        "DurationMillis": 2000,
        "SampleRate": 48_000,
        "NumberOfChannels": 1,
    }


def test_a_video_without_sound_has_no_audio_stream() -> None:
    metadata = Probe().metadata(stored(clip(1)))
    assert metadata is not None
    assert metadata.audio == ()
