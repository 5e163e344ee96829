"""Answers that are remembered: one asks, the others wait; and everything in this program that is remembered so."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelsift.aws.batches import Batches
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.objects import Videos
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.quota import Quota
from reelsift.aws.remembered import Remembered, RememberedByKey
from reelsift.domain.batch import Batch
from reelsift.domain.video import ObjectRef
from support.clocks import SetClock
from support.memory_table import MemoryTable
from support.memory_worker import MemoryWorker

ASKERS = 64


class Question:
    """Counts how often it is asked, and answers when it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.asked = 0
        self.answer = asyncio.Event()
        self._answers = answers

    async def ask(self) -> Any:
        self.asked += 1
        number = self.asked
        await self.answer.wait()
        answer = self._answers[min(number, len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def turns() -> None:
    """Let every task get as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def all_at_once(call: Callable[[], Awaitable[Any]]) -> list[Any]:
    return await asyncio.gather(*(call() for _ in range(ASKERS)))


async def test_what_no_longer_holds_is_given_for_a_while_to_all_but_asked_for_anew_by_one() -> None:
    clock = SetClock()
    question = Question("old", AwsUnavailable("later"), "new")
    remembered = Remembered[str](lambda _: 1.0, stale_s=5, monotonic=clock.monotonic)
    question.answer.set()
    assert await remembered.get(question.ask) == "old"
    clock.move(1)
    # The first answer to that is an error, of which nobody hears.
    assert await all_at_once(lambda: remembered.get(question.ask)) == ["old"] * ASKERS
    await turns()
    question.answer.clear()
    assert await all_at_once(lambda: remembered.get(question.ask)) == ["old"] * ASKERS
    await turns()
    assert question.asked == 3
    clock.move(5)
    late = asyncio.create_task(remembered.get(question.ask))
    await turns()
    assert not late.done()
    question.answer.set()
    assert await late == await remembered.get(question.ask) == "new"
    assert question.asked == 3


async def test_one_asks_and_the_others_wait_for_its_answer() -> None:
    question, remembered = Question("yes"), Remembered[str]()
    asking = asyncio.create_task(all_at_once(lambda: remembered.get(question.ask)))
    await turns()
    question.answer.set()
    assert await asking == ["yes"] * ASKERS
    assert await remembered.get(question.ask) == "yes"
    assert question.asked == 1


async def test_an_error_goes_to_all_that_wait_and_is_not_remembered() -> None:
    question, remembered = Question(AwsUnavailable("no"), "yes"), Remembered[str]()
    question.answer.set()
    answers = await asyncio.gather(*(remembered.get(question.ask) for _ in range(3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no"] * 3
    assert await remembered.get(question.ask) == "yes"
    assert question.asked == 2


async def test_a_cancelled_asker_takes_the_answer_from_nobody() -> None:
    question, remembered = Question("yes"), Remembered[str]()
    first = asyncio.create_task(remembered.get(question.ask))
    await turns()
    other = asyncio.create_task(remembered.get(question.ask))
    await turns()
    first.cancel()
    await turns()
    question.answer.set()
    assert await other == "yes"
    assert first.cancelled()
    assert question.asked == 1


async def test_an_error_that_nobody_waits_for_any_more_is_no_complaint_of_asyncios() -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    question, remembered = Question(AwsUnavailable("no")), Remembered[str]()
    asker = asyncio.create_task(remembered.get(question.ask))
    await turns()
    asker.cancel()
    question.answer.set()
    await turns()
    with pytest.raises(AwsUnavailable):
        await remembered.get(question.ask)
    assert complaints == []


async def test_an_answer_holds_for_as_long_as_it_says_itself_from_when_it_was_asked_for() -> None:
    clock = SetClock()
    question, remembered = Question(10, 1), Remembered[int](float, monotonic=clock.monotonic)
    question.answer.set()
    for asked, move in ((1, 9.9), (1, 0.1), (2, 0.9), (2, 0.1), (3, 0)):
        await remembered.get(question.ask)
        assert question.asked == asked
        clock.move(move)


async def test_what_is_forgotten_while_it_is_asked_for_is_not_remembered() -> None:
    question, remembered = Question("old", "new"), RememberedByKey[str, str]()
    old = asyncio.create_task(remembered.get("a", question.ask))
    await turns()
    remembered.forget("a")
    new = asyncio.create_task(remembered.get("a", question.ask))
    await turns()
    question.answer.set()
    assert [await old, await new, await remembered.get("a", question.ask)] == ["old", "new", "new"]


async def test_keys_without_number_are_not_all_remembered() -> None:
    question, remembered = Question("yes"), RememberedByKey[int, str](most=10)
    question.answer.set()
    for key in range(15):
        await remembered.get(key, question.ask)
    await remembered.get(14, question.ask)
    assert question.asked == 15
    await remembered.get(0, question.ask)
    assert question.asked == 16


async def test_lines_that_meet_an_empty_cache_measure_the_bitrate_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = MemoryWorker(quota=ASKERS, daily_budget="100")
    recent = Question([])
    recent.answer.set()
    monkeypatch.setattr(worker.deployment.batches, "recent", lambda _: recent.ask())
    await asyncio.gather(*(worker.admit(worker.line(f"{number}.mp4")) for number in range(ASKERS)))
    assert len(worker.rekognition.starts) == ASKERS
    assert recent.asked == 1


async def test_lines_of_one_batch_read_its_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = MemoryWorker(quota=ASKERS)
    await worker.deployment.batches.create(Batch("batch", "batch", "list.csv", 1, total=10, chunks=1))
    read = Question(await worker.deployment.batches.get("batch"))
    read.answer.set()
    monkeypatch.setattr(worker.deployment.batches, "get", lambda _: read.ask())
    await asyncio.gather(*(worker.admit(worker.line(f"{number}.mp4")) for number in range(ASKERS)))
    assert len(worker.rekognition.starts) == ASKERS
    assert read.asked == 1


async def test_lines_of_one_bucket_ask_for_its_region_once() -> None:
    region = Question({"ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}})
    region.answer.set()

    async def head_object(**_: str) -> dict[str, Any]:
        return {"ContentLength": 1, "ETag": '"e"'}

    client = SimpleNamespace(
        meta=SimpleNamespace(region_name="eu-west-1"), head_bucket=lambda **_: region.ask(), head_object=head_object
    )
    videos = Videos(cast("Any", client), frozenset({"videos"}))
    await all_at_once(lambda: videos.head(ObjectRef("videos", "a.mp4")))
    assert region.asked == 1


async def test_the_quota_is_asked_for_once_at_a_time() -> None:
    applied = Question({"Quota": {"Value": 7.0}})
    applied.answer.set()
    quota = Quota(cast("Any", SimpleNamespace(get_service_quota=lambda **_: applied.ask())), None, 300)
    assert await all_at_once(quota.value) == [7] * ASKERS
    assert applied.asked == 1


async def test_a_batch_of_lines_without_a_manifest_is_made_by_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    table = MemoryTable("batches")
    batches = Batches(table, OpenIndex(table))
    made = Question(None)
    made.answer.set()
    monkeypatch.setattr(table, "put", lambda *_, **__: made.ask())
    await all_at_once(lambda: batches.ensure("direct-2026-11-29", now_ms=1))
    assert made.asked == 1
