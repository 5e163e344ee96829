"""`reelsift reevaluate`: the live policy's verdict for stored answers."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import moment, whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, say, warn
from reelsift.domain.reevaluation import USUAL_RATE
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.batch import Batch
    from reelsift.domain.policy_test import PolicyTestRun, Scope
    from reelsift.domain.policy_version import Live

MOST_RATE = 1_000


def reevaluate(
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Only videos of this batch.")] = None,
    since: Annotated[
        int | None,
        typer.Option(
            parser=moment, metavar="TIME", help="Only videos whose verdict was made since then, in ISO 8601, UTC."
        ),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            parser=whole(0, of="videos"), metavar="N", help="Refuse if more videos than this would get another verdict."
        ),
    ] = None,
    rate: Annotated[
        int,
        typer.Option(
            parser=whole(1, MOST_RATE, of="videos"),
            metavar="N",
            help="Videos a second at most that get another status, and so events.",
        ),
    ] = USUAL_RATE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it to the end of its first pass.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what would change, and the batch, as a JSON object.")
    ] = False,
) -> None:
    """Give stored answers the verdict of the policy that is live, as a batch, and print the batch's id.

    First it holds the policy against what is stored, as `reelsift policy test` does, shows what would change, and asks.
    Then workers do it: review items open and close, events tell each change of a status. No analysis is started or
    paid. Videos that a person has decided keep their status. It is paused, resumed and cancelled like any batch, and
    stops by itself where another policy goes live. Exit 4 where there is no video.
    """
    from reelsift.domain.policy_test import Scope

    scope = Scope(batch, since or 0, None)
    if not dry_run and not yes and not can_ask():
        raise CommandError("nothing was changed: there is no terminal to ask, add --yes", Exit.WRONG_USE)

    async def work(deployment: "Deployment") -> Exit:
        live, scope_found, run = await _look(deployment, scope, as_json=as_json)
        _check_most(run, most)
        if dry_run:
            if as_json:
                typer.echo(json.dumps(_members(live, run, None)))
            say("nothing was changed: this was a dry run")
            return Exit.DONE
        if not yes and not ask(f"Give {wording.count(run.population, 'video')} the verdict of epoch {live.epoch}?"):
            raise CommandError("nothing was changed")
        from reelsift.reevaluation.ordering import order

        made = await order(
            deployment, live, of_batch=scope_found.batch_id, since_ms=since, videos=run.population, rate=rate
        )
        typer.echo(json.dumps(_members(live, run, made)) if as_json else made.batch_id)
        if not wait:
            return Exit.DONE
        from reelsift.cli.follow import follow

        return await follow(deployment, made.batch_id)

    raise typer.Exit(on_deployment(work))


async def _look(deployment: "Deployment", scope: "Scope", *, as_json: bool) -> "tuple[Live, Scope, PolicyTestRun]":
    """Test the live policy against what is stored, and show what would change."""
    from dataclasses import replace

    from reelsift.batches.lookup import batch_id_of
    from reelsift.cli.policy_test import run_with_progress
    from reelsift.policy_tests.decision_time import decision_time
    from reelsift.policy_versions.current import read_live
    from reelsift.reevaluation.ordering import check
    from reelsift.reports.policy_test_report import TestedPolicy, coverage

    if scope.batch_id is not None:
        scope = replace(scope, batch_id=await batch_id_of(deployment.batches, scope.batch_id))
    live = await read_live(deployment)
    await check(deployment, live)
    run = await run_with_progress(deployment, live.policy, scope, live.version.rejects_by)
    if not run.population:
        raise CommandError("nothing was changed: no such video has a verdict", Exit.NOTHING_TO_DO)
    if not run.test.concludes:
        warn(f"{coverage(run)}: what would change is not known")
    elif not as_json:
        from reelsift.cli.policy_test_view import print_test

        print_test(run, TestedPolicy(f"epoch {live.epoch}", live.policy.digest), await decision_time(deployment))
    return live, scope, run


def _check_most(run: "PolicyTestRun", most: int | None) -> None:
    if most is None:
        return
    if not run.test.concludes:
        raise CommandError(
            "nothing was changed: --most needs to know how many videos would move; `reelsift policy archive --rebuild`"
            " reads what the copy lacks"
        )
    if run.test.moved > most:
        moved = wording.count(run.test.moved, "video")
        raise CommandError(f"nothing was changed: {moved} would get another verdict, more than --most {most:,}")


def _members(live: "Live", run: "PolicyTestRun", batch: "Batch | None") -> dict[str, object]:
    """As JSON: the version, what was found before, and the batch, None where there is none."""
    test = run.test
    return {
        "batch": None if batch is None else batch.batch_id,
        "epoch": live.epoch,
        "policy": live.policy.digest,
        "videos": run.population,
        "covered": round(test.covered, 6),
        "concludes": test.concludes,
        "moves": [
            {
                "before": None if before is None else str(before),
                "after": None if after is None else str(after),
                "videos": n,
            }
            for (before, after), n in sorted(test.moves.items(), key=lambda item: (-item[1], str(item[0])))
            if before != after
        ],
    }
