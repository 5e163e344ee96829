"""Videos are found by the words that are to be read in them, and several words stand in one text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from integration.cli.rows import analysed, job, make_batch, outcome, segment
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import JobKey, JobState
from reelsift.domain.policy import Verdict
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video
from reelsift.errors import SeveralShown, TextWithoutWord
from reelsift.queries.findings import Query, find, why_nothing
from reelsift.queries.found_video import FoundVideo
from support.jobs import change_job
from support.memory_worker import MemoryWorker

SALE = Video("videos", "sale.mp4", "e1")
CREDITS = Video("videos", "credits.mp4", "e2")


def read(text: str, confidence: float = 90.0, peak_ms: int = 500, **spellings: int) -> Segment:
    details = {"spellings": spellings} if spellings else {}
    return segment(text, confidence, peak_ms, analysis=Analysis.TEXT, details=details)


async def texts(
    deployment: Deployment, video: Video, segments: Sequence[Segment], verdict: Verdict = Verdict.APPROVE
) -> None:
    key = f"results/{video.video_id}/text/1-ab12cd34.json"
    await analysed(deployment, job(video, analysis=Analysis.TEXT, result_key=key), segments)
    await analysed(deployment, job(video, result_key=f"{key}2"), [], verdict)


@pytest.fixture
async def deployment() -> Deployment:
    deployment = MemoryWorker().deployment
    await texts(
        deployment, SALE, [read("BIG SALE", 80), read("Sale: 50%", 95, 700), read("until June")], Verdict.REJECT
    )
    return deployment


async def found(deployment: Deployment, **asked: Any) -> list[FoundVideo]:
    return [finding async for finding in find(deployment, Query(**asked))]


@pytest.mark.parametrize("sought", ["sale", "SALE", "s\u00e0le", "\uff33\uff21\uff2c\uff25", "50 sale", "Sale: 50%"])
async def test_a_word_is_found_in_the_text_it_is_part_of_however_it_is_written(
    deployment: Deployment, sought: str
) -> None:
    (finding,) = await found(deployment, text=sought)
    assert (finding.video, finding.label, finding.peak_confidence) == (SALE.uri, "Sale: 50%", 95)
    assert (finding.peak_ms, finding.verdict) == (700, "reject")


@pytest.mark.parametrize("sought", ["sal", "sales", "sale june", "big 50"])
async def test_words_are_whole_and_stand_in_one_text(deployment: Deployment, sought: str) -> None:
    assert await found(deployment, text=sought) == []


async def test_confidence_and_verdict_hold_for_the_text_with_all_words(deployment: Deployment) -> None:
    (finding,) = await found(deployment, text="big sale", min_confidence=80)
    assert (finding.label, finding.peak_confidence) == ("BIG SALE", 80)
    assert await found(deployment, text="big sale", min_confidence=81) == []
    assert await found(deployment, text="sale", verdict=Verdict.APPROVE) == []
    assert len(await found(deployment, text="sale", verdict=Verdict.REJECT)) == 1


async def test_words_of_a_text_that_its_item_has_no_room_for_are_found_too(deployment: Deployment) -> None:
    crowd = [read(f"Director number{number}", 99 - number / 100, number) for number in range(150)]
    await texts(deployment, CREDITS, [*crowd, read("Director of Photography", 60, 9_000)])
    (finding,) = await found(deployment, text="director of")
    assert (finding.label, finding.peak_confidence, finding.peak_ms) == ("Director of Photography", 60, 9_000)
    (finding,) = await found(deployment, text="director")
    assert finding.label == "Director number0"
    assert await found(deployment, text="director of sales") == []


async def test_a_video_whose_result_was_deleted_is_found_by_what_its_items_say(deployment: Deployment) -> None:
    crowd = [read(f"Director number{number}", 99 - number / 100, number) for number in range(150)]
    await texts(deployment, CREDITS, [*crowd, read("Director of Photography", 60, 9_000)])
    await deployment.work.delete(f"results/{CREDITS.video_id}/text/1-ab12cd34.json")
    assert await found(deployment, text="director of") == []
    assert len(await found(deployment, text="director number3")) == 1


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.CLOSED])
async def test_what_was_read_is_found_while_and_after_a_later_attempt_has_no_result(
    deployment: Deployment, state: JobState
) -> None:
    crowd = [read(f"Director number{number}", 99 - number / 100, number) for number in range(150)]
    await texts(deployment, CREDITS, [*crowd, read("Director of Photography", 60, 9_000)])
    first = await deployment.jobs.get(JobKey(CREDITS.video_id, Analysis.TEXT))
    assert first is not None
    settled_ms = first.times.settled_ms
    assert settled_ms is not None
    failure = Failure(Reason.GAVE_UP, "?") if state is JobState.CLOSED else None
    later = change_job(
        first, state=state, attempt=2, settled_ms=settled_ms + 99 if failure else None, result_key=None, failure=failure
    )
    row = deployment.jobs.put_item(replace(later, earlier=first.newest_answer), first)
    await deployment.jobs.table.transact({"job": row})
    (finding,) = await found(deployment, text="director of", since_ms=settled_ms)
    assert (finding.label, finding.at_ms) == ("Director of Photography", settled_ms)
    assert await found(deployment, text="director of", since_ms=settled_ms + 1) == []


async def test_that_words_of_a_video_are_left_out_is_said(deployment: Deployment) -> None:
    await texts(deployment, CREDITS, [read(f"name{number}") for number in range(250)])
    (finding,) = await found(deployment, text="name0")
    assert finding.words_left_out == 50
    (finding,) = await found(deployment, text="sale")
    assert finding.words_left_out == 0


async def test_a_batch_is_searched_for_words(deployment: Deployment) -> None:
    await make_batch(deployment, "b1", ["sale.mp4", "other.mp4"])
    await deployment.outcomes.record([outcome("b1", 1, video_id=SALE.video_id, verdict="reject"), outcome("b1", 2)])
    (finding,) = await found(deployment, text="big sale", batch_id="b1")
    assert (finding.video_id, finding.label, finding.peak_confidence) == (SALE.video_id, "BIG SALE", 80)
    assert await found(deployment, text="big june", batch_id="b1") == []


async def test_texts_are_no_labels(deployment: Deployment) -> None:
    assert await found(deployment, label="BIG SALE") == []
    assert await found(deployment, label="big") == []


async def test_why_nothing_is_found(deployment: Deployment) -> None:
    why = await why_nothing(deployment, Query(text="sale june"))
    assert (why.best_confidence, why.not_indexed) == (95, False)
    assert (await why_nothing(deployment, Query(text="nowhere"))).best_confidence is None
    switched_off = MemoryWorker(text_index=False).deployment
    assert (await why_nothing(switched_off, Query(text="sale"))).not_indexed
    await texts(switched_off, SALE, [read("BIG SALE")])
    assert await found(switched_off, text="sale") == []


def test_a_query_is_for_words_and_for_one_thing_only() -> None:
    with pytest.raises(TextWithoutWord):
        Query(text="?!")
    with pytest.raises(SeveralShown) as refused:
        Query(text="sale", label="Weapons")
    assert refused.value.kinds == ("label", "text")
    assert Query(verdict=Verdict.APPROVE, text="sale").shown is not None
