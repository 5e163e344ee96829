"""Timecodes are those of recorded answers, and keep up with the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_cloud.rekognition.timecode import timecode

NTSC = 29.970029830932617


@pytest.mark.parametrize(
    ("frame", "frame_rate", "code"),
    [
        (0, NTSC, "00:00:00;00"),
        (299, NTSC, "00:00:09;29"),
        (300, NTSC, "00:00:10;00"),
        (449, NTSC, "00:00:14;29"),
        (1799, NTSC, "00:00:59;29"),
        (1800, NTSC, "00:01:00;02"),
        (17981, NTSC, "00:09:59;29"),
        (17982, NTSC, "00:10:00;00"),
        (107_892, NTSC, "01:00:00;00"),
        (3600, 59.94, "00:01:00;04"),
        (1800, 30.0, "00:01:00:00"),
        (1440, 23.976, "00:01:00:00"),
        (61, 25.0, "00:00:02:11"),
        (7, 5.0, "00:00:01:02"),
        (0, 0.5, "00:00:00:00"),
    ],
)
def test_known_codes(frame: int, frame_rate: float, code: str) -> None:
    assert timecode(frame, frame_rate) == code


@given(st.integers(0, 700_000), st.sampled_from([30_000 / 1001, 60_000 / 1001]))
def test_a_drop_frame_code_is_off_by_less_than_a_tenth_of_a_second(frame: int, frame_rate: float) -> None:
    hours, minutes, rest = timecode(frame, frame_rate).split(":")
    seconds, within = rest.split(";")
    shown = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(within) / round(frame_rate)
    assert abs(shown - frame / frame_rate) < 0.1


@given(st.integers(0, 700_000), st.sampled_from([NTSC, 59.94, 25.0, 23.976]))
def test_no_two_frames_have_one_code(frame: int, frame_rate: float) -> None:
    assert timecode(frame, frame_rate) < timecode(frame + 1, frame_rate)
