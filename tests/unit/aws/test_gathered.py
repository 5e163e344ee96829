import asyncio
from collections.abc import Sequence

import pytest

from reelsift.aws.gathered import Gathered
from support.patience import PATIENCE_S


class Requests:
    """What was sent, a list a request; each waits until it is let go."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def send(self, items: Sequence[str]) -> Sequence[str]:
        self.sent.append(list(items))
        self.begun.set()
        await self.go.wait()
        if "bad" in items:
            raise ValueError("bad")
        if "cut" in items:
            raise TimeoutError
        return [item.upper() for item in items]


async def test_what_comes_while_a_request_is_under_way_shares_the_next_one() -> None:
    requests = Requests()
    gathered = Gathered(requests.send, items=3, at_once=1)
    first = gathered.add("a")
    await requests.begun.wait()
    others = [gathered.add(item) for item in "bcde"]
    requests.go.set()
    assert await asyncio.gather(first, *others) == ["A", "B", "C", "D", "E"]
    assert requests.sent == [["a"], ["b", "c", "d"], ["e"]]


async def test_what_comes_just_when_a_sender_ends_is_sent_too() -> None:
    requests = Requests()
    requests.go.set()
    gathered = Gathered(requests.send, items=3, at_once=1)

    async def one_after_the_other() -> list[str]:
        return [await gathered.add(item) for item in "abcdef"]

    answers = await asyncio.wait_for(asyncio.gather(*(one_after_the_other() for _ in range(4))), timeout=PATIENCE_S)
    assert answers == [list("ABCDEF")] * 4


async def test_as_many_requests_as_may_be_are_under_way() -> None:
    requests = Requests()
    gathered = Gathered(requests.send, items=1, at_once=2)
    futures = [gathered.add(item) for item in "abc"]
    await requests.begun.wait()
    futures.append(gathered.add("d"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(requests.sent) == 2
    requests.go.set()
    await asyncio.gather(*futures)


async def test_one_that_cannot_be_sent_harms_none_that_came_with_it() -> None:
    requests = Requests()
    requests.go.set()
    gathered = Gathered(requests.send, items=10, at_once=1)
    good, bad, other = [gathered.add(item) for item in ("good", "bad", "other")]
    assert [await good, await other] == ["GOOD", "OTHER"]
    with pytest.raises(ValueError, match="bad"):
        await bad


async def test_an_outage_is_told_to_each_and_nothing_is_sent_again() -> None:
    requests = Requests()
    requests.go.set()
    gathered = Gathered(requests.send, items=10, at_once=1)
    failures = await asyncio.gather(*(gathered.add(item) for item in ("a", "cut")), return_exceptions=True)
    assert [type(failure) for failure in failures] == [TimeoutError, TimeoutError]
    assert len(requests.sent) == 1


async def test_a_caller_that_gives_up_does_not_keep_the_others_from_their_results() -> None:
    requests = Requests()
    gathered = Gathered(requests.send, items=10, at_once=1)
    gone, stays = gathered.add("a"), gathered.add("b")
    await requests.begun.wait()
    gone.cancel()
    requests.go.set()
    assert await stays == "B"
