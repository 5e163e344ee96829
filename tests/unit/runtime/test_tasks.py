import asyncio

import pytest

from reelsift.aws.errors import AwsUnavailable, is_outage
from reelsift.runtime.tasks import finish_all


async def test_everything_is_finished_whatever_becomes_of_the_others() -> None:
    done: list[str] = []

    async def fail() -> None:
        raise AwsUnavailable("away")

    async def late() -> str:
        await asyncio.sleep(0.01)
        done.append("late")
        return "late"

    with pytest.raises(AwsUnavailable):
        await finish_all(fail(), late())
    assert done == ["late"]
    assert await finish_all(late(), late()) == ["late", "late"]


@pytest.mark.parametrize(
    ("errors", "outage"),
    [
        ([AwsUnavailable("a"), AwsUnavailable("b")], True),
        ([AwsUnavailable("a"), ValueError("b")], False),
        ([ValueError("a"), AwsUnavailable("b")], False),
    ],
)
async def test_several_errors_are_all_seen_and_are_an_outage_only_together(
    errors: list[Exception],
    outage: bool,  # noqa: FBT001 - parametrised
) -> None:
    async def fail(error: Exception) -> None:
        raise error

    with pytest.raises(ExceptionGroup) as raised:
        await finish_all(*(fail(error) for error in errors))
    assert list(raised.value.exceptions) == errors
    assert is_outage(raised.value) == outage
