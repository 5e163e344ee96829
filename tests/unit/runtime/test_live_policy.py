"""By which policy a worker judges: it follows the live one, and judges by nothing while that cannot be read."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.policy_versions import PolicyMoved, PolicyUnreadable, PolicyVersions, document_key
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import Live, PolicyVersion
from reelsift.policies import BUILT_IN
from reelsift.policy_versions.reports import all_report
from reelsift.policy_versions.seeding import Seeding
from reelsift.runtime.live_policy import LivePolicies
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_stores import MemoryMetrics, MemoryWork
from support.memory_table import MemoryTable, Row

MINUTE, HOUR = 60, 3_600
TIMINGS = Timings()


def policy(review: int) -> Policy:
    return Policy.parse(f"default: {{review: {review}}}")


class FaultyTable(MemoryTable):
    """A table that can break down."""

    broken: Exception | None = None
    got = 0

    async def get(self, key: Mapping[str, Any], *, consistent: bool = True) -> Row | None:
        assert consistent, "who reads the live policy reads what holds"
        self.got += 1
        # As the real one does, it gives way before it answers.
        await asyncio.sleep(0)
        if self.broken is not None:
            raise self.broken
        return await super().get(key)


class Fleet:
    """A deployment whose workers follow its policy when a test has them do so."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.table, self.work = FaultyTable("batches"), MemoryWork()
        self.metrics = MemoryMetrics()
        self.versions = PolicyVersions(self.table, self.work)

    def worker(self, name: str = "w-1", first: Policy | None = None, source: str = BUILT_IN) -> LivePolicies:
        seeding = Seeding(
            policy_versions=self.versions,
            model_versions=ModelVersions(self.table),
            policy=first or policy(50),
            source=source,
            clock=self.clock,
        )
        return LivePolicies(
            policy_versions=self.versions,
            found=seeding.found,
            worker=name,
            options={},
            metrics=self.metrics,
            timings=TIMINGS,
            clock=self.clock,
        )

    async def change(self, to: Policy) -> PolicyVersion:
        """Somebody makes another policy the live one."""
        live = await self.versions.live()
        assert live is not None
        version = live.with_policy(to, by="ann", at_ms=self.clock.now_ms(), note="", known_models={})
        await self.versions.put_document(to)
        await self.versions.change(version, live)
        return version

    async def all_report(self, epoch: int) -> bool:
        return await all_report(self.versions, epoch, timings=TIMINGS, now_ms=self.clock.now_ms())


def judged_by(live: Live) -> tuple[int, str]:
    assert live.version.judging == live.policy.digest
    return live.epoch, live.policy.digest


async def test_the_first_worker_makes_the_first_version_of_what_its_settings_hold() -> None:
    fleet = Fleet()
    with capture_logs() as logs:
        live = await fleet.worker(first=policy(70), source="REELSIFT_POLICY").current()
    assert judged_by(live) == (1, policy(70).digest)
    assert not live.version.auto_reject
    assert [version async for version in fleet.versions.log()] == [live.version]
    assert live.version.note == "the first version, from REELSIFT_POLICY"
    assert [log["source"] for log in logs if log["event"] == "policy_seeded"] == ["REELSIFT_POLICY"]


async def test_of_two_workers_that_begin_at_once_one_is_first_and_both_judge_by_it() -> None:
    fleet = Fleet()
    lives = await asyncio.gather(
        *(fleet.worker(f"w-{review}", policy(review), "REELSIFT_POLICY").current() for review in (60, 70, 80))
    )
    assert len({judged_by(live) for live in lives}) == 1
    assert lives[0].epoch == 1
    assert len([version async for version in fleet.versions.log()]) == 1


async def test_a_setting_changes_no_policy_that_is_live_and_the_worker_says_so() -> None:
    fleet = Fleet()
    await fleet.worker(first=policy(50), source="REELSIFT_POLICY").current()
    await fleet.change(policy(60))

    async def ignored(first: Policy, source: str) -> list[str]:
        with capture_logs() as logs:
            live = await fleet.worker("w-2", first, source).current()
        assert judged_by(live) == (2, policy(60).digest)
        return [log["setting"] for log in logs if log["event"] == "policy_setting_ignored"]

    assert await ignored(policy(70), "REELSIFT_POLICY") == ["REELSIFT_POLICY"]
    assert await ignored(policy(60), "REELSIFT_POLICY") == [], "it says what holds"
    assert await ignored(policy(50), "REELSIFT_POLICY") == [], "it made the first version, as it was to"
    assert await ignored(policy(70), BUILT_IN) == [], "nobody has set it"


async def test_a_worker_follows_and_one_that_sleeps_through_two_versions_judges_by_the_last() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    await fleet.change(policy(60))
    assert (await worker.current()).epoch == 1, "it has not looked yet"
    await fleet.change(policy(70))
    await worker.step()
    assert judged_by(await worker.current()) == (3, policy(70).digest)


async def test_back_to_an_older_document_is_a_newer_epoch() -> None:
    fleet = Fleet()
    worker = fleet.worker(first=policy(50))
    await worker.step()
    for each in (60, 50):
        await fleet.change(policy(each))
    await worker.step()
    assert judged_by(await worker.current()) == (3, policy(50).digest)


@pytest.mark.parametrize("what", ["row", "document", "damaged document", "another document", "report"])
async def test_what_cannot_be_read_leaves_the_last_version_for_ten_minutes_and_then_nothing_is_judged(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    newer = await fleet.change(policy(60))
    key = document_key(newer.document)
    document = fleet.work.objects[key]
    whole = b'{"default":{"review":60}}'
    assert document == whole
    match what:
        case "row":
            fleet.table.broken = TimeoutError("no answer")
        case "document":
            del fleet.work.objects[key]
        case "damaged document":
            fleet.work.objects[key] = document[:-3]
        case "another document":
            fleet.work.objects[key] = b'{"default":{"review":99}}'
        case _:

            async def refused(*_args: Any, **_members: Any) -> None:
                raise TimeoutError("no answer")

            monkeypatch.setattr(fleet.versions, "report", refused)
    asked = 0
    for seconds in (MINUTE, 9 * MINUTE):
        fleet.clock.move(seconds)
        await worker.step()
        asked += 1
        assert (await worker.current()).epoch == (2 if what == "report" else 1)
    for seconds in (2 * MINUTE, HOUR):
        fleet.clock.move(seconds)
        await worker.step()
        asked += 1
        with pytest.raises(PolicyUnreadable):
            await worker.current()
        assert (await worker.known()).policy.needs == {Analysis.CONTENT_MODERATION}, "what judges nothing goes on"
    assert fleet.metrics.counted["PolicyUnreadable",] == asked
    assert fleet.metrics.counted["ProgramFailures",] == 0
    fleet.table.broken = None
    fleet.work.objects[key] = document
    monkeypatch.undo()
    await worker.step()
    assert judged_by(await worker.current()) == (2, policy(60).digest), "at once, as soon as it can be read"


async def test_a_worker_that_slept_for_an_hour_reads_before_it_judges() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    await fleet.change(policy(60))
    fleet.clock.move(HOUR)
    assert (await worker.current()).epoch == 2


def answer_late(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Have reads of the live version end late. The first event says that one has been read, the second lets it go."""
    live, read, answered = fleet.versions.live, asyncio.Event(), asyncio.Event()

    async def read_slowly() -> PolicyVersion | None:
        version = await live()
        read.set()
        await answered.wait()
        return version

    monkeypatch.setattr(fleet.versions, "live", read_slowly)
    return read, answered


async def test_a_worker_that_slept_in_the_middle_of_a_read_reads_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was about to hear was so an hour ago."""
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    read, sleep = answer_late(fleet, monkeypatch)
    following = asyncio.create_task(worker.step())
    await read.wait()
    fleet.clock.move(HOUR)
    judging = asyncio.create_task(worker.current())
    await asyncio.sleep(0)
    sleep.set()
    assert (await judging).epoch == 1
    await following


async def test_whoever_waits_to_judge_in_an_outage_does_not_ask_once_more_each() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    fleet.table.broken = TimeoutError("no answer")
    fleet.table.got = 0
    failed = await asyncio.gather(*(worker.current() for _ in range(50)), return_exceptions=True)
    assert {type(error) for error in failed} == {PolicyUnreadable}
    with pytest.raises(PolicyUnreadable):
        await worker.current()
    assert fleet.table.got == 1
    fleet.table.broken = None
    fleet.clock.move(TIMINGS.policy_follow_s)
    assert (await worker.current()).epoch == 1


async def test_a_fault_that_is_no_outage_judges_nothing_either_and_is_counted() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    fleet.table.broken = ValueError("a bug")
    with pytest.raises(PolicyUnreadable):
        await worker.current()
    await worker.step()
    assert fleet.metrics.counted["ProgramFailures",] == 1


@pytest.mark.parametrize(
    "row", [{"epoch": "many"}, {"document": None}, {"known_models": None}, {"auto_reject": None}], ids=str
)
async def test_a_damaged_row_is_no_version(row: dict[str, Any]) -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    await fleet.change(policy(60))
    (key,) = [key for key in fleet.table.rows if key[1] == "live"]
    whole = fleet.table.rows[key]
    fleet.table.rows[key] = {name: value for name, value in (whole | row).items() if value is not None}
    await worker.step()
    assert (await worker.current()).epoch == 1
    assert fleet.metrics.counted["PolicyUnreadable",] == 1
    fleet.table.rows[key] = whole
    await worker.step()
    assert (await worker.current()).epoch == 2


async def test_an_epoch_never_goes_back() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    backup = {key: dict(row) for key, row in fleet.table.rows.items()}
    await fleet.change(policy(60))
    await worker.step()
    fleet.table.rows = backup
    await worker.step()
    assert (await worker.current()).epoch == 2
    assert fleet.metrics.counted["PolicyUnreadable",] == 1
    # A version of the epoch that was lost, with something else in it, is not the one that was read.
    await fleet.change(policy(70))
    await worker.step()
    assert (await worker.current()).policy.digest == policy(60).digest
    await fleet.change(policy(70))
    await worker.step()
    assert judged_by(await worker.current()) == (3, policy(70).digest)


async def test_who_meets_a_newer_epoch_reads_before_it_judges() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    await fleet.change(policy(60))
    async with worker.judging(at_least=2) as live:
        assert live.epoch == 2
    with pytest.raises(PolicyUnreadable):
        async with worker.judging(at_least=3):
            raise AssertionError("there is no such version")


async def test_only_one_of_two_that_change_a_version_at_once_does() -> None:
    fleet = Fleet()
    await fleet.worker().step()
    live = await fleet.versions.live()
    assert live is not None
    mine, other = (live.with_policy(policy(review), by="ann", at_ms=1, note="", known_models={}) for review in (60, 70))
    await fleet.versions.change(mine, live)
    with pytest.raises(PolicyMoved):
        await fleet.versions.change(other, live)
    await fleet.versions.change(mine, live)
    assert [version.epoch async for version in fleet.versions.log()] == [2, 1]


async def test_no_worker_judges_by_an_older_version_once_all_have_reported() -> None:
    fleet = Fleet()
    one, two = fleet.worker("w-1"), fleet.worker("w-2")
    await one.step()
    await two.step()
    assert await fleet.all_report(1)
    await fleet.change(policy(60))
    await one.step()
    assert not await fleet.all_report(2)
    await two.step()
    assert await fleet.all_report(2)


async def test_a_worker_reports_what_it_still_judges_by() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    async with worker.judging() as begun:
        await fleet.change(policy(60))
        await worker.step()
        assert begun.epoch == 1
        assert (await worker.current()).epoch == 2
        assert not await fleet.all_report(2)
    await worker.step()
    assert await fleet.all_report(2)


async def test_a_worker_that_has_read_nothing_yet_holds_up_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = Fleet()
    await fleet.worker("w-1").step()
    read, pause = answer_late(fleet, monkeypatch)
    beginning = asyncio.create_task(fleet.worker("w-2").step())
    await read.wait()
    assert not await fleet.all_report(1)
    pause.set()
    await beginning
    assert await fleet.all_report(1)


async def test_a_worker_that_ended_holds_up_nothing_and_one_that_was_killed_only_as_long_as_it_may_judge() -> None:
    fleet = Fleet()
    ended, killed, lives = (fleet.worker(name) for name in ("ended", "killed", "lives"))
    for worker in (ended, killed, lives):
        await worker.step()
    await ended.end()
    await fleet.change(policy(60))
    await lives.step()
    assert not await fleet.all_report(2)
    fleet.clock.move(13 * MINUTE)
    await lives.step()
    assert await fleet.all_report(2)
    fleet.clock.move(25 * HOUR)
    await fleet.worker("new").step()
    assert {report.worker async for report in fleet.versions.reports()} == {"new"}


async def test_a_report_is_made_once_a_minute_and_not_with_each_look() -> None:
    fleet = Fleet()
    worker = fleet.worker()
    await worker.step()
    seen = []
    for _ in range(8):
        fleet.clock.move(TIMINGS.policy_follow_s)
        await worker.step()
        seen += [report.seen_ms async for report in fleet.versions.reports()]
    assert len(set(seen)) == 3
