"""JobTags, the names of attempts in slots, and the names of lines on dead letters."""

from fuzz.target import Target, hold, text_of
from reelsift.domain.job import Attempt, job_tag, parse_job_tag
from reelsift.messages.redrive import _line_id

_VIDEO = "0123456789abcdef0123456789abcdef01234567"


def check(data: bytes) -> None:
    """What is no tag is None, what names no attempt a ValueError, and what is read is written back."""
    text = text_of(data)
    attempt = parse_job_tag("reelsift", text)
    if attempt is not None:
        written = job_tag("reelsift", attempt)
        hold("a tag is read as written", where=parse_job_tag("reelsift", written) == attempt)
        hold("the words of a tag are kept", where=text.split(":")[:3] == written.split(":")[:3])
    try:
        held = Attempt.parse(text)
    except ValueError:
        held = None
    if held is not None:
        hold("an attempt is read as written", where=Attempt.parse(str(held)) == held)
    _line_id(text)


TARGET = Target(
    check,
    seeds=[
        f"reelsift:{_VIDEO}:content_moderation:1".encode(),
        f"reelsift:{_VIDEO}:labels:999999999".encode(),
        f"other:{_VIDEO}:labels:1".encode(),
        f"{_VIDEO}/labels/7".encode(),
        f"{_VIDEO}/content_moderation/\u0661".encode(),
        b'{"batch":"direct-2026-07-31","line":"m","chunk":3,"round":1}',
        b'{"batch":"b","line":"m","chunk":1e400,"round":"9"}',
    ],
    longest=512,
    words=("reelsift:", ":labels:", "/labels/", "content_moderation", "batch", "line", "chunk", "round"),
)
