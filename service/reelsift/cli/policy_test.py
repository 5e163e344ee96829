"""`reelsift policy test`: what a policy would make of everything stored."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelsift.cli.exits import CommandError
from reelsift.cli.option_kinds import moment, whole
from reelsift.cli.policy_warning import warn_of_policy
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import margin, say, warn
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.policy import Policy
    from reelsift.domain.policy_test import PolicyTestRun, Scope
    from reelsift.domain.policy_version import Models
    from reelsift.reports.contents import FlaggedVideo
    from reelsift.reports.policy_test_report import DecisionTime


def policy_test(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as YAML.")],
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Only videos of this batch.")] = None,
    since: Annotated[
        int | None,
        typer.Option(parser=moment, metavar="TIME", help="Only videos judged since then, in ISO 8601, UTC."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(parser=whole(1, of="videos"), metavar="N", help="Only so many, drawn by chance.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
    page: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page for people to FILE, with the examples' timelines."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of --html.")] = False,
) -> None:
    """Hold a policy against all answers that are stored: which videos would move, how much there would be to review.

    Writes nothing and pays for no analysis. Videos that a person has decided keep their status. What a policy cannot be
    tested on is said: answers that nobody asked for, or asked from a higher confidence only, and results that are gone.
    Where less than 99 % of the videos can be judged nothing is concluded, and the exit code is 1.
    """
    from reelsift.domain.policy_test import Scope
    from reelsift.policies import read_policy
    from reelsift.reporting.output_place import check_file
    from reelsift.reports.policy_test_report import TestedPolicy, coverage, members

    if page is not None:
        check_file(page, overwrite=overwrite)
    policy = read_policy(file)
    warn_of_policy(policy)
    tested = TestedPolicy(file.name, policy.digest)
    scope = Scope(batch, since or 0, sample)
    run, time, shown = on_deployment(lambda deployment: _test(deployment, policy, scope, timelines=page is not None))
    if page is not None and run.test.concludes:
        from reelsift.reports.policy_test_page import render_policy_test

        page.write_text(render_policy_test(run, tested, time, shown), encoding="utf-8")
        say(f"{page}: the page of this test")
    if as_json:
        typer.echo(json.dumps(members(run, tested, time)))
    elif page is None and run.test.concludes:
        from reelsift.cli.policy_test_view import print_test

        print_test(run, tested, time)
    if not run.test.concludes:
        raise CommandError(f"{coverage(run)}; {_remedy(run)}")


def _remedy(run: "PolicyTestRun") -> str:
    from reelsift.domain.policy_test import LeftOut

    if run.unreadable:
        warn(f"parts of the copy that cannot be read: {', '.join(run.unreadable[:3])}")
    if run.test.left_out[LeftOut.LACKING]:
        return "`reelsift policy archive --rebuild` reads what the copy lacks from the stored results"
    return "--since or --batch name videos that are kept"


async def _test(
    deployment: "Deployment", policy: "Policy", scope: "Scope", *, timelines: bool
) -> "tuple[PolicyTestRun, DecisionTime, list[FlaggedVideo]]":
    from dataclasses import replace

    from reelsift.batches.lookup import batch_id_of
    from reelsift.policy_tests.decision_time import decision_time

    if scope.batch_id is not None:
        scope = replace(scope, batch_id=await batch_id_of(deployment.batches, scope.batch_id))
    live = await deployment.policy_versions.live()
    rejects = live is not None and live.auto_reject
    # As `policy apply` would note them.
    known_models = await deployment.model_versions.met() if rejects else None
    run = await run_with_progress(deployment, policy, scope, known_models)
    shown = await _shown(deployment, run) if timelines and run.test.concludes else []
    return run, await decision_time(deployment), shown


async def run_with_progress(
    deployment: "Deployment", policy: "Policy", scope: "Scope", known_models: "Models | None"
) -> "PolicyTestRun":
    """Test a policy, and show how far that is. `known_models` are as of `run_test`."""
    from reelsift.policy_tests.run import run_test

    with margin().status("reading what is stored") as spinner:
        return await run_test(
            deployment,
            policy,
            scope,
            lambda what, count: spinner.update(_progress(what, count)),
            known_models=known_models,
        )


async def _shown(deployment: "Deployment", run: "PolicyTestRun") -> "list[FlaggedVideo]":
    """The examples with their segments."""
    from reelsift.reporting.contents import FlaggedVideos
    from reelsift.reports.findings_summary import Flagged
    from reelsift.reports.policy_test_report import example_verdict

    flagged = [
        Flagged(
            verdict=example_verdict(example),
            uri=example.uri,
            video_id=example.video_id,
            line="",
            peak_analysis=None if example.found is None else str(example.found.analysis),
            peak_label=None if example.found is None else example.found.label,
            peak_confidence=None if example.found is None else example.found.confidence,
        )
        for example in run.test.most_telling()
    ]
    return await FlaggedVideos(deployment.jobs, deployment.reviews, deployment.work).read(flagged)


def _progress(what: str, count: int) -> str:
    words: dict[str, Any] = {
        "videos": f"{wording.count(count, 'video')} read",
        "parts": f"{wording.count(count, 'part')} of the copy looked through",
        "judged": f"{wording.count(count, 'video')} judged",
        "read": f"{wording.count(count, 'video')} judged by stored results",
    }
    return str(words[what])
