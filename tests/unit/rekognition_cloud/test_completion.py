"""Completion messages, and when they are never published."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from rekognition_cloud.rekognition.completion import Completions


class LateScheduler:
    """Does what is due when it is told to."""

    def __init__(self) -> None:
        self.planned: list[Callable[[], None]] = []

    def at(self, _due: float, action: Callable[[], None]) -> None:
        self.planned.append(action)

    def catch_up(self) -> None:
        while self.planned:
            self.planned.pop(0)()


def ended() -> Any:
    return SimpleNamespace(
        job_id="j",
        request={"NotificationChannel": {"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:nobody"}},
        ends_at=time.time(),
        announce_after=0.0,
        copies=1,
        published=0,
        account="123456789012",
        region="us-east-1",
        outcome="SUCCEEDED",
        analysis=SimpleNamespace(start="StartContentModeration"),
        video=SimpleNamespace(key="a.mp4", bucket="videos"),
    )


def test_what_was_due_in_a_silence_is_not_published_after_it_either() -> None:
    scheduler: Any = LateScheduler()
    completions = Completions(scheduler)
    before = ended()
    completions.announce_at_end(before)
    completions.silence(time.time() + 600)
    lost = ended()
    completions.announce_at_end(lost)
    completions.silence(time.time())
    told = ended()
    completions.announce_at_end(told)
    scheduler.catch_up()
    assert (before.published, lost.published, told.published) == (1, 0, 1)
