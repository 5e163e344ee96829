"""Another version goes live whole, or not at all, whatever fails on the way and whoever else is at it."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.policy_versions import PolicyUnreadable, PolicyVersions, document_key
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.errors import NoOlderPolicy, NoSuchEpoch, NoteTooLong, PolicyChangedMeanwhile
from reelsift.policy_versions.current import read_live
from reelsift.policy_versions.publishing import propose, propose_return, publish
from support.memory_stores import MemoryWork, settings
from support.memory_table import MemoryTable
from support.thoroughness import examples

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reelsift.aws.deployment import Deployment

ANN = "arn:aws:sts::123456789012:assumed-role/ops/ann"
MODERATION = Analysis.CONTENT_MODERATION


def policy(review: int) -> Policy:
    return Policy.parse(f"default: {{review: {review}}}")


class Faults:
    """Lets the nth call fail, before it has done anything or after it has done everything."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.failed = False

    def on(self, owner: object, name: str) -> None:
        call: Callable[..., Awaitable[Any]] = getattr(owner, name)

        async def perhaps(*args: Any, **members: Any) -> Any:
            # As a real one does, it gives way to others before and after.
            await asyncio.sleep(0)
            fails = self.left == 0
            if self.left is not None:
                self.left -= 1
            self.failed = self.failed or fails
            if fails and not self.after:
                raise TimeoutError("no answer")
            answer = await call(*args, **members)
            await asyncio.sleep(0)
            if fails:
                raise TimeoutError("no answer")
            return answer

        setattr(owner, name, perhaps)


class Deployed:
    """A deployment with one version: epoch 1, of what its worker held."""

    def __init__(self) -> None:
        self.table, self.work, self.faults = MemoryTable("batches"), MemoryWork(), Faults()
        for owner, names in ((self.table, ("get", "transact")), (self.work, ("put", "get"))):
            for name in names:
                self.faults.on(owner, name)
        self.versions = PolicyVersions(self.table, self.work)
        self.models = ModelVersions(self.table)
        self.deployment = cast(
            "Deployment",
            SimpleNamespace(
                policy_versions=self.versions,
                model_versions=self.models,
                caller=SimpleNamespace(principal=self._principal),
                settings=settings(),
            ),
        )

    async def _principal(self) -> str:
        return ANN

    async def apply(self, review: int | None, **members: Any) -> None:
        chosen = None if review is None else policy(review)
        await publish(self.deployment, await propose(self.deployment, chosen, **members))

    async def return_to(self, epoch: int | None = None) -> None:
        await publish(self.deployment, await propose_return(self.deployment, epoch))

    async def live(self) -> tuple[int, str]:
        """Epoch and document of what a worker would read now."""
        live = await read_live(self.deployment)
        assert live.policy.document_digest == live.version.document
        return live.epoch, live.version.document

    async def log(self) -> list[tuple[int, str]]:
        return [(version.epoch, version.document) async for version in self.versions.log()]


def document(review: int) -> str:
    return policy(review).document_digest


@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("step", range(12))
async def test_a_fault_at_any_step_leaves_the_old_version_or_the_new_and_the_same_again_mends_it(
    step: int, lost: str
) -> None:
    deployed = Deployed()
    await deployed.apply(50)
    faults = deployed.faults
    faults.left, faults.after = step, lost == "answer"
    try:
        await deployed.apply(60)
    except TimeoutError:
        assert faults.failed
    else:
        assert not faults.failed, "what failed is told"
    faults.left = None
    assert await deployed.live() in {(1, document(50)), (2, document(60))}
    assert await deployed.log() in [[(1, document(50))], [(2, document(60)), (1, document(50))]]
    again = await propose(deployed.deployment, policy(60))
    if not again.changes_nothing:
        await publish(deployed.deployment, again)
    assert await deployed.live() == (2, document(60))
    assert await deployed.log() == [(2, document(60)), (1, document(50))]


def test_the_steps_that_fail_are_all_there_are() -> None:
    async def steps() -> int:
        deployed = Deployed()
        await deployed.apply(50)
        deployed.faults.left = 1_000
        await deployed.apply(60)
        return 1_000 - deployed.faults.left

    assert 4 <= asyncio.run(steps()) <= 12


async def test_where_no_worker_ever_started_the_first_version_is_what_is_applied() -> None:
    deployed = Deployed()
    assert (await read_live(deployed.deployment)).epoch == 0
    proposed = await propose(deployed.deployment, policy(60), note="ours")
    assert (proposed.before, proposed.changes_nothing) == (None, False)
    await publish(deployed.deployment, proposed)
    live = (await read_live(deployed.deployment)).version
    assert (live.epoch, live.by, live.note, live.auto_reject) == (1, ANN, "ours", False)


async def test_what_holds_already_changes_nothing_until_another_model_was_met() -> None:
    deployed = Deployed()
    await deployed.apply(50)
    assert (await propose(deployed.deployment, policy(50))).changes_nothing
    assert (await propose(deployed.deployment, None)).changes_nothing
    await deployed.models.see(MODERATION, "7.1", now_ms=1)
    proposed = await propose(deployed.deployment, policy(50))
    assert not proposed.changes_nothing
    assert proposed.after.known_models == {MODERATION: ("7.1",)}
    assert proposed.after.judging == (await read_live(deployed.deployment)).version.judging


async def test_the_switch_is_turned_by_nothing_else_and_says_who_has_turned_it() -> None:
    deployed = Deployed()
    await deployed.apply(50)
    await deployed.apply(None, auto_reject=True)
    turned = (await read_live(deployed.deployment)).version
    assert (turned.auto_reject, turned.auto_reject_by, turned.auto_reject_at_ms) == (True, ANN, turned.at_ms)
    assert turned.document == document(50)
    await deployed.apply(60)
    await deployed.return_to(1)
    live = (await read_live(deployed.deployment)).version
    assert live.epoch == 4
    assert replace(live, epoch=0, by="", at_ms=0, note="") == replace(turned, epoch=0, by="", at_ms=0, note="")
    assert (await propose(deployed.deployment, None, auto_reject=True)).changes_nothing
    await deployed.apply(None, auto_reject=False)
    assert not (await read_live(deployed.deployment)).version.auto_reject


async def test_back_is_to_the_newest_document_that_is_another_with_what_was_known_then() -> None:
    deployed = Deployed()
    await deployed.apply(50)
    await deployed.models.see(MODERATION, "7.1", now_ms=1)
    await deployed.apply(60)
    await deployed.apply(None, auto_reject=True)
    await deployed.return_to()
    live = (await read_live(deployed.deployment)).version
    assert (live.epoch, live.document, live.note) == (4, document(50), "back to epoch 1")
    assert live.known_models == {}
    await deployed.return_to(2)
    assert (await read_live(deployed.deployment)).version.known_models == {MODERATION: ("7.1",)}
    assert (await propose_return(deployed.deployment, 3)).changes_nothing
    with pytest.raises(NoSuchEpoch):
        await propose_return(deployed.deployment, 6)


async def test_there_is_nothing_to_go_back_to_at_first() -> None:
    deployed = Deployed()
    with pytest.raises(NoOlderPolicy):
        await propose_return(deployed.deployment, None)
    await deployed.apply(50)
    with pytest.raises(NoOlderPolicy):
        await propose_return(deployed.deployment, None)
    with pytest.raises(NoteTooLong):
        await propose(deployed.deployment, policy(60), note="x" * 1_001)


async def test_of_two_who_apply_at_once_one_is_told_of_the_other() -> None:
    deployed = Deployed()
    await deployed.apply(50)
    ended = await asyncio.gather(*(deployed.apply(review) for review in (60, 70)), return_exceptions=True)
    assert [type(each) for each in ended if each is not None] == [PolicyChangedMeanwhile]
    assert [epoch for epoch, _ in await deployed.log()] == [2, 1]


async def test_a_document_that_is_damaged_is_mended_by_another_version_and_can_not_come_back() -> None:
    deployed = Deployed()
    await deployed.apply(50)
    deployed.work.objects[document_key(document(50))] = b"{"
    with pytest.raises(PolicyUnreadable):
        await read_live(deployed.deployment)
    with pytest.raises(PolicyUnreadable):
        await propose(deployed.deployment, None, auto_reject=True)
    await deployed.apply(60)
    assert await deployed.live() == (2, document(60))
    with pytest.raises(PolicyUnreadable):
        await propose_return(deployed.deployment, 1)
    await deployed.apply(50)
    assert await deployed.live() == (3, document(50)), "stored anew"


turns = st.one_of(
    st.tuples(st.just("apply"), st.sampled_from([50, 60, 70])),
    st.tuples(st.just("return"), st.integers(1, 6)),
    st.tuples(st.just("switch"), st.booleans()),
    st.tuples(st.just("model"), st.sampled_from(["7.0", "7.1"])),
)


@given(st.lists(st.tuples(turns, st.one_of(st.none(), st.integers(0, 6)), st.booleans()), max_size=8))
@hypothesis_settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow], deadline=None)
async def test_epochs_count_up_by_one_and_the_pointer_is_the_last_of_the_log(
    done: list[tuple[tuple[str, Any], int | None, bool]],
) -> None:
    deployed = Deployed()
    await deployed.apply(50)
    seen = 1
    for (what, value), fails_at, after in done:
        deployed.faults.left, deployed.faults.after = fails_at, after
        try:
            match what:
                case "apply":
                    await deployed.apply(value)
                case "return":
                    await deployed.return_to(value)
                case "switch":
                    await deployed.apply(None, auto_reject=value)
                case _:
                    await deployed.models.see(MODERATION, value, now_ms=1)
        except (TimeoutError, NoSuchEpoch):
            pass
        deployed.faults.left = None
        epoch, stored = await deployed.live()
        log = await deployed.log()
        assert seen <= epoch <= seen + 1
        assert log[0] == (epoch, stored)
        assert [each for each, _ in log] == list(range(epoch, 0, -1))
        seen = epoch
