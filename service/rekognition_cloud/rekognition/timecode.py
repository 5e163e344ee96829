"""SMPTE timecodes of frames: hours, minutes, seconds and the frame within the second.

At 29.97 and 59.94 frames a second they are drop-frame, written with `;`: numbers are skipped (no frames), so that the
code keeps up with the clock.
"""

from math import ceil

_DROP_FRAME = {30: 2, 60: 4}
"""Numbers skipped at the start of each minute that is no tenth one, by the frames that a second is counted as."""


def timecode(frame: int, frame_rate: float) -> str:
    """The timecode of a frame, counted from 0, at so many frames a second."""
    whole = max(1, ceil(frame_rate - 0.01))
    dropped = 0 if float(frame_rate).is_integer() else _DROP_FRAME.get(whole, 0)
    if dropped:
        frame = _renumbered(frame, whole, dropped)
    seconds, within = divmod(frame, whole)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if dropped else ':'}{within:02}"


def _renumbered(frame: int, whole: int, dropped: int) -> int:
    """The number that a frame has where numbers are skipped."""
    minute = whole * 60 - dropped
    ten_minutes = minute * 10 + dropped
    tens, rest = divmod(frame, ten_minutes)
    # The first minute of ten skips nothing, and so is longer by what the others skip.
    skipped_minutes = 9 * tens + max(0, (rest - dropped) // minute)
    return frame + dropped * skipped_minutes
