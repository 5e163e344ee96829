import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import NOW_MS, job, make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.cli.follow import follow
from reelsift.domain.batch import BatchState, SourceFile
from reelsift.domain.budget import day_of
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.video import Video
from reelsift.runtime.clock import now_ms
from support.eventually import eventually
from support.forks import Forks
from support.jobs import write_jobs
from support.patience import PATIENCE_S

CLI = [sys.executable, "-m", "reelsift.cli"]

MONEY: dict[str, Any] = {"billed_ms": 90_000, "cost_micros": 150_000}


async def half_done(deployment: Deployment) -> None:
    await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, 7)])
    await deployment.outcomes.record(
        [
            outcome("b1", 1, **MONEY),
            outcome("b1", 2, OutcomeStatus.FAILED),
            outcome("b1", 4, OutcomeStatus.SKIPPED),
        ]
    )


async def done(deployment: Deployment) -> None:
    await half_done(deployment)
    await deployment.outcomes.record([outcome("b1", row) for row in (3, 5, 6)])


async def over(deployment: Deployment) -> None:
    """As the last worker leaves it, its report written."""
    await done(deployment)
    await change(deployment, state=BatchState.COMPLETE, report_key="reports/b1/manifest.json", **ENDED)


ENDED: dict[str, Any] = {"finished_ms": NOW_MS + 60_000, "due_at_ms": None}


async def change(deployment: Deployment, **changes: Any) -> None:
    batch = await deployment.batches.get("b1")
    assert batch is not None
    await deployment.batches.change(batch, **changes)


def status_of(deployed: Deployed) -> dict[str, Any]:
    result = deployed.cli("status", "b1", "--json")
    assert result.exit_code == 0, result.stderr
    members: dict[str, Any] = json.loads(result.stdout)
    return members


def test_progress_counts_lines_and_money(deployed: Deployed) -> None:
    deployed.do(half_done)
    status = status_of(deployed)
    assert (status["state"], status["total"], status["waiting"]) == ("Active", 6, 3)
    assert (status["succeeded"], status["failed"], status["skipped"]) == (1, 1, 1)
    assert (status["billed_minutes"], status["money_usd"]) == (1.5, 0.15)
    assert status["slots"] == {"in_use": 0, "quota": 20, "blocked": 0}
    assert (status["eta_s"] > 0, status["eta_by"]) == (True, "rate")
    assert (status["money_to_come_usd"], status["max_cost_usd"], status["report"]) == (None, None, None)


def test_people_see_a_bar(deployed: Deployed) -> None:
    deployed.do(half_done)
    shown = deployed.cli("status", "b1").stdout
    assert "3 of 6 (50 %)" in shown
    assert "succeeded 1   failed 1   skipped 1   waiting 3" in shown
    assert "\n1.50 minutes, 0.15 USD\nslots 0 of 20 in use\n" in shown
    assert "\x1b" not in shown


def test_that_no_worker_is_there_is_told_until_one_reports(deployed: Deployed) -> None:
    deployed.do(half_done)
    shown = deployed.cli("status", "b1").stdout
    assert "no worker has ever reported: `reelsift worker` in another terminal starts one" in shown
    assert "not known yet" not in shown
    assert "no worker has ever reported" in deployed.cli("status").stdout

    deployed.do(lambda deployment: deployment.workers.report("w", now_ms=now_ms() - 90_000))
    assert "no worker has reported for 2 min" in deployed.cli("status", "b1").stdout

    deployed.do(lambda deployment: deployment.workers.report("w", now_ms=now_ms()))
    assert "no worker" not in deployed.cli("status", "b1").stdout
    assert "a worker reported" in deployed.cli("status").stdout
    assert status_of(deployed)["worker_seen_ms"] > NOW_MS


def test_what_is_held_or_over_misses_no_worker(deployed: Deployed) -> None:
    deployed.do(over)
    assert "no worker" not in deployed.cli("status", "b1").stdout


def test_waiting_without_a_worker_says_so(deployed: Deployed, forks: Forks, tmp_path: Path) -> None:
    deployed.do(half_done)
    said = tmp_path / "said"
    with said.open("w") as stderr:
        watch = forks.popen([*CLI, "status", "b1", "--watch"], stderr=stderr)
        eventually(lambda: said.read_text().count("\n") >= 2, "two sentences")
        watch.send_signal(signal.SIGINT)
        watch.wait(PATIENCE_S)
    lines = said.read_text().splitlines(keepends=True)
    assert lines[0].startswith("no worker has ever reported: `reelsift worker`")
    assert lines[1] == "b1: 3 of 6 lines ended, 1 failed; no worker has ever reported\n"


def test_an_interrupt_at_the_first_look_says_that_the_batch_goes_on(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    async def interrupted(deployment: Deployment) -> None:
        following = asyncio.create_task(follow(deployment, "b1"))
        await asyncio.sleep(0)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following

    deployed.do(half_done)
    deployed.do(interrupted)
    assert capsys.readouterr().err.startswith("b1 goes on without being watched; `reelsift status b1 --watch`")


def test_what_is_sent_and_what_runs_is_told_of_the_lines_that_wait(deployed: Deployed) -> None:
    async def at_work(deployment: Deployment) -> None:
        await make_batch(deployment, "b1", ["1.mp4", "2.mp4", "3.mp4"])
        (chunk,) = await deployment.chunks.unsent("b1", 2)
        await deployment.chunks.claim_lines(chunk, 3, due_at_ms=now_ms() + 60_000)
        await deployment.outcomes.record([outcome("b1", 1)])
        jobs = [
            job(Video("videos", f"{number}.mp4", "e"), state, by=LineId(batch, "list.csv:1", 0))
            for number, (batch, state) in enumerate(
                [("b1", JobState.RUNNING), ("b1", JobState.WAITING), ("b2", JobState.RUNNING)]
            )
        ]
        await write_jobs(deployment, *jobs)

    deployed.do(at_work)
    status = status_of(deployed)
    assert (status["waiting"], status["sent"], status["running"]) == (2, 2, 1)
    assert "waiting 2 (2 sent, 1 running)" in deployed.cli("status", "b1").stdout


def test_time_and_money_to_come_follow_from_the_videos_that_were_paid_for(deployed: Deployed) -> None:
    async def measured(deployment: Deployment) -> None:
        batch = await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, 41)], chunk_lines=40)
        await deployment.batches.change(batch, size=40_000_000, max_cost_micros=2_500_000)
        video: dict[str, Any] = {"billed_ms": 60_000, "cost_micros": 100_000, "slot_ms": 30_000}
        ended = [outcome("b1", row, chunk_lines=40, **video) for row in range(1, 21)]
        await deployment.outcomes.record(
            [replace(one, ref=replace(one.ref, size=1_000_000)) for one in ended],
        )

    deployed.do(measured)
    status = status_of(deployed)
    assert (status["minutes_to_come"], status["money_to_come_usd"], status["max_cost_usd"]) == (20, 2, 2.5)
    assert (status["eta_s"], status["eta_by"]) == (30, "quota")
    shown = deployed.cli("status", "b1").stdout
    assert "2.00 USD of at most 2.50 USD, about 2.00 USD to come" in shown
    assert "about 30 s to go at the quota" in shown
    assert "its --max-cost will probably stop it: about 1.50 USD too little" in shown


def test_an_inventory_tells_how_much_of_it_is_read_and_what_was_passed_over(deployed: Deployed) -> None:
    async def preparing(deployment: Deployment) -> None:
        batch = await make_batch(deployment, "b1", ["1.mp4"])
        await deployment.batches.create(
            replace(
                batch,
                batch_id="b2",
                total=None,
                chunks=0,
                state=BatchState.PREPARING,
                manifest_bucket="w",
                manifest_key="inventory/manifest.json",
                files=2,
            )
        )
        read = SourceFile("b2", 0, "1.csv.gz", "k", 1, "md5", done=True, passed_over=(("suffix", 3),))
        left = SourceFile("b2", 1, "2.csv.gz", "k", 1, "md5", due_at_ms=NOW_MS)
        await deployment.source_files.add([read, left])
        (chunk,) = [chunk async for chunk in deployment.chunks.of_batch("b1")]
        await deployment.chunks.add(replace(chunk, batch_id="b2", total=7, due_at_ms=NOW_MS))

    deployed.do(preparing)
    status = json.loads(deployed.cli("status", "b2", "--json").stdout)
    assert (status["state"], status["total"], status["listed"], status["waiting"]) == ("Preparing", None, 7, 7)
    assert (status["files"], status["files_read"], status["passed_over"]) == (2, 1, {"suffix": 3})
    shown = deployed.cli("status", "b2").stdout
    assert "1 of 2 data files read, 7 lines so far" in shown
    assert "passed over: 3 suffix" in shown


def test_why_nothing_more_is_started_is_told_with_what_to_do(deployed: Deployed) -> None:
    stops: list[tuple[dict[str, Any], str]] = [
        ({"state": BatchState.PAUSED}, "b1 is paused: nothing more of it is started; `reelsift resume b1` goes on"),
        (
            {"state": BatchState.PAUSING, "held_because": "6 of 8 lines have failed"},
            "b1 has paused itself: 6 of 8 lines have failed. Mend that, then `reelsift resume b1`",
        ),
        ({"state": BatchState.CANCELLING, "stopped": Reason.CANCELLED}, "`reelsift retry b1 --reason cancelled`"),
        (
            {"state": BatchState.CANCELLED, "stopped": Reason.MAX_COST, "max_cost_micros": 2_000_000, **ENDED},
            "b1 was stopped at its --max-cost of 2.00 USD",
        ),
    ]
    deployed.do(half_done)
    for changes, says in stops:
        deployed.do(partial(change, **changes))
        assert says in " ".join(deployed.cli("status", "b1").stdout.split())
        status = status_of(deployed)
        assert (status["state"], status["stopped"]) == (changes["state"], changes.get("stopped"))


def test_a_batch_is_completing_from_its_last_outcome_until_its_report_is_written(deployed: Deployed) -> None:
    deployed.do(done)
    assert (status_of(deployed)["state"], status_of(deployed)["report"]) == ("Completing", None)
    deployed.do(
        lambda deployment: change(deployment, state=BatchState.COMPLETE, report_key="reports/b1/m.json", **ENDED)
    )
    assert status_of(deployed)["state"] == "Complete"
    assert status_of(deployed)["report"] == f"s3://{deployed.work_bucket}/reports/b1/m.json"
    assert "`reelsift retry b1` which can be done again" in deployed.cli("status", "b1").stdout


def test_watching_ends_with_the_batch_and_tells_of_failures(deployed: Deployed) -> None:
    deployed.do(over)
    result = deployed.cli("status", "b1", "--watch")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "b1: 6 of 6 lines ended, 1 failed; complete 1 min after it was submitted" in result.stderr
    assert f"report: s3://{deployed.work_bucket}/reports/b1/manifest.json" in result.stderr


def test_at_a_terminal_a_watch_draws_a_bar(deployed: Deployed, forks: Forks) -> None:
    deployed.do(over)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "wb", buffering=0) as terminal:
        watch = forks.popen([*CLI, "status", "b1", "--watch"], stdout=subprocess.DEVNULL, stderr=terminal)
        assert watch.wait(PATIENCE_S) == 3
        shown = screen.read(100_000).decode()
    assert "6 of 6 (100 %)" in shown
    assert "complete 1 min after it was submitted" in shown


def test_a_batch_that_was_stopped_ends_a_watch_with_1(deployed: Deployed) -> None:
    async def cancelled(deployment: Deployment) -> None:
        await done(deployment)
        await change(deployment, state=BatchState.CANCELLED, stopped=Reason.CANCELLED, **ENDED)

    deployed.do(cancelled)
    result = deployed.cli("status", "b1", "--watch", "--json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (1, "Cancelled")
    assert result.stderr.count("b1 was cancelled") == 1


def test_a_watch_tells_once_that_its_batch_is_paused_and_goes_on_until_the_report_is_there(
    deployed: Deployed, forks: Forks, tmp_path: Path
) -> None:
    deployed.do(done)
    told = tmp_path / "told"
    with told.open("w") as stderr:
        watch = forks.popen([*CLI, "status", "b1", "--watch"], stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        deployed.do(lambda deployment: change(deployment, state=BatchState.PAUSING))
        eventually(lambda: "b1 is paused" in told.read_text(), "news of the pause")
        deployed.do(lambda deployment: change(deployment, state=BatchState.PAUSED))
        deployed.do(lambda deployment: change(deployment, state=BatchState.ACTIVE))
        eventually(lambda: "b1 goes on" in told.read_text(), "news of its end")
        deployed.do(lambda deployment: change(deployment, state=BatchState.COMPLETE, **ENDED))
        assert watch.wait(PATIENCE_S) == 3
    finally:
        watch.kill()
    assert told.read_text().count("b1 is paused") == 1


def test_a_batch_without_an_end_cannot_be_watched(deployed: Deployed) -> None:
    async def direct(deployment: Deployment) -> None:
        batch = await make_batch(deployment, "direct-2026-07-01", ["a.mp4"])
        await deployment.batches.create(replace(batch, batch_id="direct-2026-07-02", total=None))

    deployed.do(direct)
    result = deployed.cli("status", "direct-2026-07-02", "--watch")
    assert result.exit_code == 2
    assert "has no end" in result.stderr


def test_an_unknown_batch_is_a_sentence(deployed: Deployed) -> None:
    result = deployed.cli("status", "nope")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no batch nope" in result.stderr


def test_without_a_batch_the_deployment_is_shown(deployed: Deployed) -> None:
    async def busy(deployment: Deployment) -> None:
        await done(deployment)
        await write_jobs(deployment, job(Video("videos", "a.mp4", "e"), JobState.RUNNING))
        await deployment.queues["intake"].send(["x", "y"])
        await deployment.dead["priority"].send(["z"])

    deployed.do(busy)
    overview = json.loads(deployed.cli("status", "--json").stdout)
    assert overview["queues"] == {"intake": 2, "priority": 0, "begun": 0, "completion": 0}
    assert overview["dead_letters"] == {"intake": 0, "priority": 1, "begun": 0, "completion": 0}
    assert overview["open_jobs"] == {"RUNNING": 1}
    assert overview["unexpanded_chunks"] == 2
    assert [(batch["batch"], batch["state"], batch["failed"]) for batch in overview["batches"]] == [
        ("b1", "Completing", 1)
    ]
    shown = deployed.cli("status").stdout
    assert "1 priority; `reelsift redrive` says why" in shown
    assert "1 running" in shown


def test_a_batch_that_has_paused_itself_is_told_of_among_the_newest(deployed: Deployed) -> None:
    async def held(deployment: Deployment) -> None:
        await half_done(deployment)
        await change(deployment, state=BatchState.PAUSED, held_because="6 of 8 lines have failed")

    deployed.do(held)
    shown = " ".join(deployed.cli("status").stdout.split())
    assert "b1 has paused itself: 6 of 8 lines have failed. Mend that, then `reelsift resume b1`" in shown
    (batch,) = json.loads(deployed.cli("status", "--json").stdout)["batches"]
    assert batch["held_because"] == "6 of 8 lines have failed"


def test_the_day_is_told_what_it_has_spent_of_its_budget(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def spent(deployment: Deployment) -> None:
        row = {"reserved": 1_000_000, "spent": 12_300_000, "committed": 13_300_000}
        # The day may end meanwhile.
        for day in {day_of(now_ms()), day_of(now_ms() + 3_600_000)}:
            await deployment.batches.table.put({"batch_id": "budget", "part": day, **row})

    deployed.do(spent)
    assert json.loads(deployed.cli("status", "--json").stdout)["today"] is None
    monkeypatch.setenv("REELSIFT_DAILY_BUDGET", "50")
    assert json.loads(deployed.cli("status", "--json").stdout)["today"] == {
        "spent_usd": 12.3,
        "reserved_usd": 1.0,
        "daily_budget_usd": 50.0,
    }
    assert "12.30 USD of 50.00 USD spent, 1.00 USD reserved for what runs" in deployed.cli("status").stdout


def test_the_whole_deployment_is_watched_until_ctrl_c(deployed: Deployed, forks: Forks, tmp_path: Path) -> None:
    deployed.do(half_done)
    looks = tmp_path / "looks"
    with looks.open("w") as stdout:
        watch = forks.popen([*CLI, "status", "--watch", "--json"], stdout=stdout)
    try:
        first = eventually(lambda: looks.read_text().partition("\n")[0], "a first look")
        assert [batch["batch"] for batch in json.loads(first)["batches"]] == ["b1"]
        watch.send_signal(signal.SIGINT)
        assert watch.wait(PATIENCE_S) == 130
    finally:
        watch.kill()


def test_a_deployment_that_is_not_there_is_a_sentence(deployed: Deployed) -> None:
    result = deployed.cli("--region", "eu-west-1", "status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"there is no queue {deployed.name}-intake in this account and region" in result.stderr
