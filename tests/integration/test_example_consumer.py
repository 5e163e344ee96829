"""The consumer of the documentation, behind a real bus and queue, while deliveries are doubled and shuffled."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support import example_consumer
from support.listening import Listening
from support.world import ALERTING, BUCKET, CLEAN, World, eventually

EXAMPLE = example_consumer.load()


@pytest.mark.process
def test_a_video_is_shown_while_it_is_approved_and_what_overwrites_it_only_once_that_is_too(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4, deliveries_doubled=0.5, deliveries_shuffled=0.5)
    queue, showing, sqs = Listening(world, "reelsift").queue_url, EXAMPLE.Showing(), world.client("sqs")

    def shown(key: str, etag: str) -> Any:
        return showing.show(BUCKET, key, etag, age=30, country="DE")

    def until_heard(revisions: int) -> None:
        def heard() -> bool:
            EXAMPLE.listen(sqs, queue, showing)
            return bool(sum(detail["revision"] for detail in showing.newest.values()) == revisions)

        eventually(heard, "the events")

    world.worker()
    clean = world.put_video("clean.mp4", answer=CLEAN)
    explicit = world.put_video("explicit.mp4", seed=1, answer=ALERTING)
    assert (shown("clean.mp4", clean), shown("explicit.mp4", explicit)) == (None, None)
    world.send_video("clean.mp4")
    world.send_video("explicit.mp4")
    until_heard(2)
    assert (shown("clean.mp4", clean), shown("explicit.mp4", explicit)) == ({}, None)

    overwritten = world.put_video("clean.mp4", seed=2, answer=ALERTING)
    assert shown("clean.mp4", overwritten) is None
    world.send_video("clean.mp4")
    until_heard(3)
    assert (shown("clean.mp4", overwritten), shown("clean.mp4", clean)) == (None, {})

    # The same content, judged otherwise the second time.
    body = json.dumps(ALERTING)
    world.client("s3").put_object(Bucket=BUCKET, Key="clean.mp4.content_moderation.json", Body=body)
    again = world.put_video("clean.mp4")
    assert again == clean
    world.send_video("clean.mp4", again=True)
    until_heard(4)
    assert shown("clean.mp4", clean) is None
