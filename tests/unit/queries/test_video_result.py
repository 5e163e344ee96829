"""What is told of one video."""

import json
from dataclasses import replace

import pytest

from integration.cli.rows import analysed, job, segment
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Answered, JobState
from reelsift.domain.line import LineId
from reelsift.domain.policy import Verdict
from reelsift.domain.video import Video
from reelsift.queries.video_result import LINES_NAMED, describe, describe_waiting, read_result
from support.jobs import make_job
from support.json_schema import problems
from support.memory_worker import MemoryWorker
from support.reviews import verdict_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, ""),
        (1, "line list.csv:0 of b waits for it"),
        (2, "2 lines wait for it: list.csv:0 of b, list.csv:1 of b"),
        (LINES_NAMED + 1, "more than 5 lines wait for it: list.csv:0 of b, list.csv:1 of b, list.csv:2 of b,"),
    ],
)
def test_lines_that_wait_are_named_and_very_many_are_not(number: int, words: str) -> None:
    told = describe_waiting([LineId("b", f"list.csv:{row}", 0) for row in range(number)])
    assert told.startswith(words)
    assert told.endswith(" and others") is (number > LINES_NAMED)


def test_what_an_earlier_attempt_found_is_said_to_stand() -> None:
    failure = Failure(Reason.UNSUPPORTED_CODEC, "Unsupported codec/format.")
    failed = make_job(state=JobState.CLOSED, attempt=2, failure=failure)
    again = replace(failed, earlier=Answered(1, "results/l.json"))
    assert describe(failed) == "FAILED, unsupported_codec: Unsupported codec/format."
    assert describe(again) == f"{describe(failed)}; what attempt 1 found stands"


async def test_a_video_whose_dataset_was_deleted_is_shown_by_what_is_left() -> None:
    deployment = MemoryWorker().deployment
    video = Video("videos", "a.mp4", "e")
    found = job(video, result_key="results/m.json", peak_label="Weapons", peak_confidence=92.0)
    await analysed(deployment, found, [segment("Weapons", 92.0)], Verdict.REVIEW)
    verdict = await verdict_of(deployment.reviews, video.video_id)
    assert verdict is not None
    assert (await read_result(deployment, video.video_id)).dataset_gone is None
    await deployment.work.delete(verdict.dataset_key)
    shown = await read_result(deployment, video.video_id)
    assert shown.dataset_gone == f"s3://{deployment.work.bucket}/{verdict.dataset_key}"
    document = json.loads(b"".join(shown.dataset()))
    assert problems(document, "video-dataset.schema.json") == []
    assert (document["verdict"], len(document["segments"])) == ("review", 1)
    assert [(reason["label"], reason["ranges_ms"]) for reason in document["reasons"]] == [("Weapons", [])]
