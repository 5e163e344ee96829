import json
from dataclasses import replace

from integration.cli.conftest import Deployed
from integration.cli.rows import job, make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.domain.job import JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.video import Video


async def half_done(deployment: Deployment) -> None:
    await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, 7)])
    await deployment.outcomes.record(
        [
            outcome("b1", 1, billed_ms=90_000),
            outcome("b1", 2, OutcomeStatus.FAILED),
            outcome("b1", 4, OutcomeStatus.SKIPPED),
        ]
    )


async def done(deployment: Deployment) -> None:
    await half_done(deployment)
    await deployment.outcomes.record([outcome("b1", row) for row in (3, 5, 6)])


def test_progress_counts_lines_and_money(deployed: Deployed) -> None:
    deployed.do(half_done)
    result = deployed.cli("status", "b1", "--json")
    assert result.exit_code == 0
    status = json.loads(result.stdout)
    assert (status["state"], status["total"], status["waiting"]) == ("Active", 6, 3)
    assert (status["succeeded"], status["failed"], status["skipped"]) == (1, 1, 1)
    assert (status["billed_minutes"], status["money_usd"]) == (1.5, 0.15)
    assert status["slots"] == {"in_use": 0, "quota": 20, "blocked": 0}
    assert status["eta_s"] > 0


def test_people_see_a_bar(deployed: Deployed) -> None:
    deployed.do(half_done)
    shown = deployed.cli("status", "b1").stdout
    assert "3 of 6 (50 %)" in shown
    assert "succeeded 1   failed 1   skipped 1   waiting 3" in shown
    assert "1.50 minutes, 0.15 USD   slots 0 of 20 in use" in shown
    assert "\x1b" not in shown


def test_a_batch_is_complete_before_a_worker_has_noted_it(deployed: Deployed) -> None:
    deployed.do(done)
    assert json.loads(deployed.cli("status", "b1", "--json").stdout)["state"] == "Complete"


def test_watching_ends_with_the_batch_and_tells_of_failures(deployed: Deployed) -> None:
    deployed.do(done)
    result = deployed.cli("status", "b1", "--watch")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "b1: 6 of 6 lines ended, 1 failed; done in" in result.stderr


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
        await deployment.jobs.table.transact(
            [deployment.jobs.put_new(job(Video("videos", "a.mp4", "e"), JobState.RUNNING))]
        )
        await deployment.queues["intake"].send(["x", "y"])
        await deployment.dead["priority"].send(["z"])

    deployed.do(busy)
    overview = json.loads(deployed.cli("status", "--json").stdout)
    assert overview["queues"] == {"intake": 2, "priority": 0, "completion": 0}
    assert overview["dead_letters"] == {"intake": 0, "priority": 1, "completion": 0}
    assert overview["open_jobs"] == {"RUNNING": 1}
    assert overview["unexpanded_chunks"] == 2
    assert [(batch["batch"], batch["state"], batch["failed"]) for batch in overview["batches"]] == [
        ("b1", "Complete", 1)
    ]
    shown = deployed.cli("status").stdout
    assert "1 priority; `reelsift redrive` says why" in shown
    assert "1 running" in shown


def test_a_deployment_that_is_not_there_is_a_sentence(deployed: Deployed) -> None:
    result = deployed.cli("--region", "eu-west-1", "status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"there is no queue {deployed.name}-intake in this account and region" in result.stderr
