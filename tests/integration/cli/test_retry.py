import json
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import job, make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.batches.retry.reopening import Reopening
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState, Counts, direct_batch, total_counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef, Video
from reelsift.manifests.messages import TICK_MESSAGE, Lines, parse_message
from reelsift.runtime.clock import now_ms
from support import batch_loops
from support.eventually import eventually
from support.forks import Forks
from support.jobs import write_jobs
from support.patience import PATIENCE_S

FAILED = OutcomeStatus.FAILED
SKIPPED = OutcomeStatus.SKIPPED

DIRECT = "direct-2026-07-01"


@pytest.fixture(autouse=True)
def _allowed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket that the rows name is one whose videos may be read."""
    monkeypatch.setenv("REELSIFT_DATA_BUCKETS", f"videos,{deployed.data_bucket}")


def failed(row: int, reason: Reason, **members: Any) -> Outcome:
    return replace(outcome("b1", row, FAILED, **members), reason=reason)


async def change(deployment: Deployment, **changes: Any) -> Batch:
    batch = await deployment.batches.get("b1")
    assert batch is not None
    return await deployment.batches.change(batch, **changes) if changes else batch


async def over(deployment: Deployment, *outcomes: Outcome, rows: int = 6, **members: Any) -> None:
    """A batch as it ends: a chunk of three rows after the other reported, what has no other outcome succeeded."""
    await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, rows + 1)])
    told = {one.id.line for one in outcomes}
    rest = [outcome("b1", row) for row in range(1, rows + 1) if f"list.csv:{row}" not in told]
    await deployment.outcomes.record([*outcomes, *rest])
    await reported(deployment)
    await change(deployment, **{"state": BatchState.COMPLETE, "finished_ms": 1, "due_at_ms": None} | members)


async def reported(deployment: Deployment) -> None:
    async for chunk in deployment.chunks.of_batch("b1"):
        await deployment.chunks.reported(await deployment.chunks.to_report(chunk, now_ms=now_ms()), {})


async def counts_of(deployment: Deployment, batch_id: str = "b1") -> Counts:
    return total_counts([chunk async for chunk in deployment.chunks.of_batch(batch_id)])


async def taken(deployment: Deployment) -> list[Line]:
    """The lines on the intake queue, once each."""
    lines: dict[LineId, Line] = {}
    while messages := await deployment.queues["intake"].receive(10, wait_s=0, visibility_s=60):
        await deployment.queues["intake"].delete([message.receipt for message in messages])
        for body in [message.body for message in messages if message.body != TICK_MESSAGE]:
            parsed = parse_message(body, message_id="m", sent_ms=2**45)
            assert isinstance(parsed, Lines)
            for line in parsed.lines:
                assert isinstance(line, Line)
                lines[line.id] = line
    return list(lines.values())


async def sent_by_workers(deployment: Deployment) -> list[tuple[str, int]]:
    """The lines that workers send, with their rounds."""
    expander = batch_loops.expander(deployment)
    for _ in range(3):
        await batch_loops.watch(deployment).step()
        await expander.step()
    return sorted((line.id.line, line.id.round) for line in await taken(deployment))


def retried(deployed: Deployed, *arguments: str) -> dict[str, Any]:
    result = deployed.cli("retry", "b1", "--yes", "--json", *arguments)
    assert result.exit_code == 0, result.stderr
    members: dict[str, Any] = json.loads(result.stdout)
    return members


def test_failed_lines_get_a_new_round_and_workers_send_them_and_a_second_retry_has_nothing_to_do(
    deployed: Deployed,
) -> None:
    deployed.do(
        lambda deployment: over(
            deployment,
            failed(2, Reason.REKOGNITION_FAILED),
            failed(3, Reason.BAD_LINE),
            failed(4, Reason.START_UNKNOWN),
            failed(5, Reason.OBJECT_MISSING),
        )
    )
    done = retried(deployed)
    assert done["sent_back"] == 2
    assert {(end["reason"], end["lines"], end["then"].partition(":")[0]) for end in done["ends"]} == {
        ("rekognition_failed", 1, "again"),
        ("object_missing", 1, "again"),
        ("bad_line", 1, "stays"),
        ("start_unknown", 1, "stays"),
    }
    batch = deployed.do(change)
    assert (batch.state, batch.finished_ms) == (BatchState.ACTIVE, None)
    assert batch.excused == Counts(succeeded=2, failed=2)
    assert deployed.do(counts_of) == Counts(succeeded=2, failed=2)
    assert deployed.do(sent_by_workers) == [("list.csv:2", 2), ("list.csv:5", 2)]
    again = deployed.cli("retry", "b1", "--yes", "--max-cost", "5")
    assert again.exit_code == 4
    assert "b1 has no line to retry that was chosen; its --max-cost was left as it is" in again.stderr


def test_lines_that_failed_in_part_are_done_again_where_that_is_asked_for_and_counted_anew(deployed: Deployed) -> None:
    def in_part(row: int) -> Outcome:
        return replace(
            outcome("b1", row),
            reason=Reason.PARTLY_FAILED,
            analyses=(Analysis.CONTENT_MODERATION, Analysis.LABELS),
            failed_analyses=((Analysis.LABELS, Reason.REKOGNITION_FAILED),),
        )

    deployed.do(lambda deployment: over(deployment, in_part(2), in_part(3)))
    assert deployed.do(counts_of) == Counts(succeeded=6, partly_failed=2)
    assert "6 (2 in part)" in deployed.cli("status", "b1").stdout
    assert deployed.cli("retry", "b1", "--yes").exit_code == 4
    done = retried(deployed, "--reason", "partly_failed")
    assert (done["sent_back"], [(end["reason"], end["lines"]) for end in done["ends"]]) == (2, [("partly_failed", 2)])
    assert deployed.do(counts_of) == Counts(succeeded=4)
    assert deployed.do(change).excused == Counts(succeeded=4)
    assert deployed.do(sent_by_workers) == [("list.csv:2", 2), ("list.csv:3", 2)]


def test_the_lines_of_a_paused_batch_wait_for_its_resume(deployed: Deployed) -> None:
    async def paused(deployment: Deployment) -> None:
        await make_batch(deployment, "b1", ["1.mp4", "2.mp4"])
        await deployment.outcomes.record([failed(1, Reason.GAVE_UP), outcome("b1", 2)])
        await reported(deployment)
        await change(deployment, state=BatchState.PAUSED)

    deployed.do(paused)
    assert "it is Paused, so they wait for `reelsift resume b1`" in deployed.cli("retry", "b1", "--yes").stderr
    assert (deployed.do(change).state, deployed.do(sent_by_workers)) == (BatchState.PAUSED, [])
    assert deployed.cli("resume", "b1").exit_code == 0
    assert deployed.do(sent_by_workers) == [("list.csv:1", 2)]


def test_ctrl_c_says_how_far_it_is_and_the_next_retry_goes_on(deployed: Deployed, forks: Forks, tmp_path: Path) -> None:
    async def many(deployment: Deployment) -> None:
        await over(deployment, *[failed(row, Reason.GAVE_UP) for row in range(1, 7)])

    deployed.do(many)
    hold = deployed.cloud.add_fault("hold", service="dynamodb", operation="TransactWriteItems", skip=1, times=1)
    with (tmp_path / "told").open("w") as stderr:
        retry = forks.popen([sys.executable, "-m", "reelsift.cli", "retry", "b1", "--yes"], stderr=stderr)
    eventually(lambda: deployed.cloud.held(hold), "the retry in its second chunk")
    retry.send_signal(signal.SIGINT)
    assert retry.wait(PATIENCE_S) == 130
    deployed.cloud.release(hold)
    assert "3 lines of b1 sent back to work so far; run retry again to go on" in (tmp_path / "told").read_text()
    assert retried(deployed)["sent_back"] in {0, 3}
    assert deployed.do(counts_of) == Counts()


def test_a_reason_narrows_a_retry(deployed: Deployed) -> None:
    deployed.do(
        lambda deployment: over(
            deployment, failed(1, Reason.GAVE_UP), failed(2, Reason.ARCHIVED), failed(6, Reason.ARCHIVED)
        )
    )
    assert retried(deployed, "--reason", "archived")["sent_back"] == 2
    assert deployed.do(sent_by_workers) == [("list.csv:2", 2), ("list.csv:6", 2)]


def test_what_may_be_paid_twice_is_started_again_only_by_its_name(deployed: Deployed) -> None:
    deployed.do(lambda deployment: over(deployment, failed(1, Reason.START_UNKNOWN)))
    shown = deployed.cli("retry", "b1", "--yes")
    assert "may pay twice" in shown.stdout
    assert "b1 has no line to retry that was chosen" in shown.stderr
    assert deployed.do(change).state is BatchState.COMPLETE
    assert retried(deployed, "--reason", "start_unknown")["sent_back"] == 1


def test_without_a_terminal_it_only_shows(deployed: Deployed) -> None:
    deployed.do(lambda deployment: over(deployment, failed(1, Reason.GAVE_UP)))
    result = deployed.cli("retry", "b1")
    assert result.exit_code == 2
    assert "gave_up" in result.stdout
    assert "add --yes" in result.stderr
    assert (deployed.do(change).state, deployed.do(counts_of).failed) == (BatchState.COMPLETE, 1)


async def cancelled(deployment: Deployment) -> None:
    """Of seven lines one has ended and two were dropped when the batch was cancelled; the rest was never sent."""
    await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, 8)])
    (first, *_) = await deployment.chunks.unsent("b1", 3)
    sent = await deployment.chunks.claim_lines(first, 3, due_at_ms=now_ms() + 60_000)
    await deployment.chunks.lines_sent(sent, due_at_ms=now_ms() + 60_000)
    await change(deployment, state=BatchState.CANCELLING, stopped=Reason.CANCELLED, due_at_ms=now_ms())
    dropped = [replace(outcome("b1", row, SKIPPED), reason=Reason.CANCELLED) for row in (2, 3)]
    await deployment.outcomes.record([outcome("b1", 1), *dropped])
    await batch_loops.watch(deployment).step()
    assert await counts_of(deployment) == Counts(succeeded=1, skipped=6)
    await reported(deployment)
    await change(deployment, state=BatchState.CANCELLED, finished_ms=1, due_at_ms=None)


def test_a_cancelled_batch_is_taken_up_where_it_was_left(deployed: Deployed) -> None:
    deployed.do(cancelled)
    assert "b1 has no line to retry" in deployed.cli("retry", "b1", "--yes").stderr
    assert retried(deployed, "--reason", "cancelled")["sent_back"] == 6
    batch = deployed.do(change)
    assert (batch.state, batch.stopped) == (BatchState.ACTIVE, None)
    assert deployed.do(counts_of) == Counts(succeeded=1)
    rounds = {f"list.csv:{row}": 2 if row in {2, 3} else 1 for row in range(2, 8)}
    assert dict(deployed.do(sent_by_workers)) == rounds


def test_a_batch_that_is_being_cancelled_is_left_alone(deployed: Deployed) -> None:
    async def cancelling(deployment: Deployment) -> None:
        await over(deployment, failed(1, Reason.GAVE_UP))
        await change(deployment, state=BatchState.CANCELLING, stopped=Reason.CANCELLED, due_at_ms=now_ms())

    deployed.do(cancelling)
    result = deployed.cli("retry", "b1", "--yes")
    assert result.exit_code == 1
    assert "run retry again once it is Cancelled" in result.stderr
    assert deployed.do(counts_of).failed == 1


def test_what_a_batch_may_cost_has_to_be_said_anew_before_it_goes_on(deployed: Deployed) -> None:
    async def stopped(deployment: Deployment) -> None:
        await cancelled(deployment)
        await change(deployment, stopped=Reason.MAX_COST, max_cost_micros=2_000_000)
        async for chunk in deployment.chunks.of_batch("b1"):
            if chunk.skip_reason is not None:
                await deployment.batches.table.update(
                    {"batch_id": "b1", "part": f"chunk#{chunk.number:09d}"},
                    "SET #skip_reason = :reason",
                    reason="max_cost",
                )

    deployed.do(stopped)
    refused = deployed.cli("retry", "b1", "--yes", "--reason", "max_cost")
    assert (refused.exit_code, deployed.do(change).state) == (2, BatchState.CANCELLED)
    assert "b1 may cost 2.00 USD" in refused.stderr
    assert retried(deployed, "--reason", "max_cost", "--max-cost", "25.50")["sent_back"] == 4
    assert deployed.do(change).max_cost_micros == 25_500_000
    assert retried(deployed, "--reason", "cancelled", "--no-max-cost")["sent_back"] == 2
    assert deployed.do(change).max_cost_micros is None


async def pushed(deployment: Deployment) -> None:
    """Lines that a program sent straight to the queue."""
    await deployment.batches.create(direct_batch(DIRECT, 1))
    video = Video("videos", "a.mp4", "e")
    paid: dict[str, Any] = {"billed_ms": 60_000, "cost_micros": 100_000}
    ended = Outcome(
        LineId(DIRECT, "m1", 3),
        ObjectRef("videos", "a.mp4", "v1", "e", 7),
        FAILED,
        2,
        Reason.RESULT_EXPIRED,
        video_id=video.video_id,
        **paid,
    )
    await deployment.outcomes.record(
        [
            ended,
            replace(ended, id=LineId(DIRECT, "m2", 3), reason=Reason.OBJECT_MISSING, video_id=None, billed_ms=0),
            replace(ended, id=LineId(DIRECT, "m3", 5), status=OutcomeStatus.SUCCEEDED, reason=None),
        ]
    )
    jobs = [job(video, analysis=analysis, by=ended.id) for analysis in Analysis]
    await write_jobs(deployment, *jobs)


def test_lines_that_no_manifest_holds_are_sent_by_the_command_itself(deployed: Deployed) -> None:
    deployed.do(pushed)
    assert deployed.cli("retry", DIRECT, "--yes").exit_code == 0
    lines = {line.id: line for line in deployed.do(taken)}
    assert set(lines) == {LineId(DIRECT, "m1", 3, 2), LineId(DIRECT, "m2", 3, 2)}
    first = lines[LineId(DIRECT, "m1", 3, 2)]
    assert (first.ref.uri, first.ref.version_id) == ("s3://videos/a.mp4", "v1")
    assert set(first.analyses) == set(Analysis)
    # What the first round has cost is told by the outcome of the second.
    assert (first.paid_ms, first.paid_micros) == (60_000, 100_000)
    assert lines[LineId(DIRECT, "m2", 3, 2)].analyses == ()
    counts = deployed.do(lambda deployment: counts_of(deployment, DIRECT))
    assert (counts.succeeded, counts.failed) == (1, 0)


def test_a_retry_that_died_before_it_sent_is_finished_by_the_next(deployed: Deployed) -> None:
    async def opened(deployment: Deployment) -> None:
        await pushed(deployment)
        batch = await deployment.batches.get(DIRECT)
        (ended, *_) = [it async for it in deployment.outcomes.unfinished(DIRECT, 3, [FAILED])]
        assert batch is not None
        await Reopening(deployment, batch).lines([ended], resend=False)

    deployed.do(opened)
    result = deployed.cli("retry", DIRECT, "--yes")
    assert "1 that an earlier retry has opened, to be sent once more" in result.stderr
    assert Counter(line.id.round for line in deployed.do(taken)) == {2: 2}


def test_a_batch_that_ends_meanwhile_is_opened_again(deployed: Deployed) -> None:
    async def stale(deployment: Deployment) -> Sequence[int]:
        await over(deployment, failed(1, Reason.GAVE_UP), failed(2, Reason.GAVE_UP))
        seen = replace(await change(deployment), state=BatchState.ACTIVE, due_at_ms=1)
        lines = [it async for it in deployment.outcomes.unfinished("b1", 0, [FAILED])]
        reopening = Reopening(deployment, seen)
        return [line.id.round for line in await reopening.lines(lines, resend=True)]

    assert deployed.do(stale) == [2, 2]
    assert deployed.do(change).state is BatchState.ACTIVE


def test_a_line_that_ended_otherwise_meanwhile_is_left_out(deployed: Deployed) -> None:
    async def raced(deployment: Deployment) -> int:
        await over(deployment, failed(1, Reason.GAVE_UP), failed(2, Reason.GAVE_UP))
        lines = [it async for it in deployment.outcomes.unfinished("b1", 0, [FAILED])]
        batch = await change(deployment)
        await Reopening(deployment, batch).lines(lines[:1], resend=True)
        return len(await Reopening(deployment, batch).lines(lines, resend=True))

    assert deployed.do(raced) == 1
    assert deployed.do(counts_of) == Counts(succeeded=4)


def test_a_retry_killed_half_way_is_finished_by_the_next_to_the_line(deployed: Deployed, forks: Forks) -> None:
    """Three transactions open 250 lines; the process dies after the second, of which it never heard."""

    async def many(deployment: Deployment) -> None:
        await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, 251)], chunk_lines=250)
        await deployment.outcomes.record(
            [replace(outcome("b1", row, FAILED, chunk_lines=250), reason=Reason.GAVE_UP) for row in range(1, 251)]
        )
        await reported(deployment)
        await change(deployment, state=BatchState.COMPLETE, finished_ms=1, due_at_ms=None)

    deployed.do(many)
    hold = deployed.cloud.add_fault(
        "hold", service="dynamodb", operation="TransactWriteItems", skip=1, times=1, when="after"
    )
    retry = forks.popen([sys.executable, "-m", "reelsift.cli", "retry", "b1", "--yes"])
    eventually(lambda: deployed.cloud.held(hold), "the retry in its second transaction")
    retry.kill()
    retry.wait(PATIENCE_S)
    deployed.cloud.release(hold)
    assert deployed.do(counts_of) == Counts(failed=54)
    assert retried(deployed)["sent_back"] == 54
    assert deployed.do(counts_of) == Counts()
    progress = deployed.do(lambda deployment: deployment.outcomes.progress("b1", 0))
    assert Counter(round_ for round_, _ in progress.reopened.values()) == {2: 250}
