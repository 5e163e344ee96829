"""The live policy, its log, and the test of another one."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from reelsift.aws.lead_runs import LeadRun, RunKind, RunState
from reelsift.batches.lookup import batch_named
from reelsift.console.call import LONGEST_NAME, BadRequest, Call, can_be_named
from reelsift.console.leading.found import day_ms
from reelsift.console.leading.runner import Busy, Note
from reelsift.console.refusals import Refused
from reelsift.domain.policy import Policy
from reelsift.domain.policy_changes import policy_changes
from reelsift.domain.policy_doubts import doubts_of
from reelsift.domain.policy_test import Scope
from reelsift.domain.policy_version import Live
from reelsift.domain.policy_yaml import PolicyError
from reelsift.errors import NoSuchEpoch
from reelsift.policy_tests.decision_time import decision_time
from reelsift.policy_tests.run import run_test
from reelsift.policy_versions.current import read_live
from reelsift.reports.policy_test_report import TestedPolicy, coverage, heading, members, unknowns
from reelsift.reports.policy_yaml import as_yaml

LONGEST_POLICY = 256 * 1024
"""Bytes of a policy that a page may send. Lists of words are in it: no file of this machine is read for it."""

MOST_VERSIONS = 100
MOST_TESTS = 20
MOST_CHANGES = 200
MOST_DOUBTS = 50
MOST_LABELS = 100
MOST_BATCHES = 50
"""That are shown of a test; `reelsift policy test --json` has all."""


class AskedTest(BaseModel):
    """What a page sends: a policy, and which videos to hold it against."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    yaml: str = Field(max_length=LONGEST_POLICY)
    name: str = Field("", max_length=100)
    batch: str | None = Field(None, max_length=LONGEST_NAME)
    since: str | None = Field(None, max_length=40)
    sample: int | None = Field(None, ge=1, le=1_000_000_000)


async def policy(call: Call) -> dict[str, Any]:
    """The live policy with its document as YAML, and the versions there were."""
    live = await read_live(call.deployment)
    versions = [version.members() async for version in call.deployment.policy_versions.log(MOST_VERSIONS)]
    return {"live": await _document(live), "versions": versions}


async def version(call: Call) -> dict[str, Any]:
    """The policy of an epoch. Raises NoSuchEpoch."""
    epoch = call.number("epoch")
    found = await call.deployment.policy_versions.of_epoch(epoch)
    if found is None:
        raise NoSuchEpoch(epoch)
    return await _document(Live(await call.deployment.policy_versions.policy_of(found), found))


async def start_test(call: Call) -> dict[str, Any]:
    """Begin the test of a policy; one at a time in a deployment."""
    asked = await call.body(AskedTest, longest=2 * LONGEST_POLICY)
    tested = await asyncio.to_thread(_parsed, asked.yaml)
    scope = Scope(asked.batch or None, day_ms(asked.since) or 0, asked.sample)
    if scope.batch_id is not None:
        if not can_be_named(scope.batch_id):
            raise BadRequest(f"batch is longer than {LONGEST_NAME} bytes")
        scope = replace(scope, batch_id=(await batch_named(call.deployment.batches, scope.batch_id)).batch_id)
    name = asked.name.strip() or "policy.yaml"
    live = await read_live(call.deployment)
    doubts = await asyncio.to_thread(doubts_of, tested, call.deployment.settings.options)
    about = {
        "name": name,
        "digest": tested.digest,
        "same": tested.digest == live.policy.digest,
        "scope": {"batch": scope.batch_id, "since_ms": scope.since_ms or None, "sample": scope.sample},
        "doubts": [{"sentence": doubt.sentence, "mend": doubt.mend} for doubt in doubts[:MOST_DOUBTS]],
        "changes": [change.members() for change in policy_changes(live.policy, tested)[:MOST_CHANGES]],
    }
    run = LeadRun.new(RunKind.POLICY_TEST, call.viewer.who.by, about, now_ms=call.resources.clock.now_ms())

    async def work(note: Note) -> Mapping[str, Any]:
        known_models = await call.deployment.model_versions.met() if live.version.auto_reject else None
        made = await run_test(call.deployment, tested, scope, note, known_models=known_models)
        document = members(made, TestedPolicy(name, tested.digest), await decision_time(call.deployment))
        document["sentences"] = {
            "heading": heading(made),
            "coverage": coverage(made),
            "unknown": list(unknowns(made)),
        }
        return _shortened(document)

    try:
        await call.resources.lead_desk.runner.start(run, work)
    except Busy:
        raise Refused(
            HTTPStatus.CONFLICT, "busy", "a policy is being tested just now: one test runs at a time"
        ) from None
    return _run_members(run, call.resources.clock.now_ms())


async def tests(call: Call) -> dict[str, Any]:
    """The newest tests, without what came of them."""
    now_ms = call.resources.clock.now_ms()
    newest = await call.deployment.lead_runs.newest(RunKind.POLICY_TEST, MOST_TESTS, now_ms=now_ms)
    return {"tests": [_run_members(run, now_ms) for run in newest]}


async def test(call: Call) -> dict[str, Any]:
    """How far a test is, and what came of it. Examples that were sealed or forgotten since are left out."""
    now_ms = call.resources.clock.now_ms()
    run = await call.deployment.lead_runs.get(RunKind.POLICY_TEST, call.path("run_id"), now_ms=now_ms)
    if run is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "there is no such test: tests are kept for a week")
    told = _run_members(run, now_ms) | {"doubts": run.about["doubts"], "changes": run.about["changes"], "result": None}
    if run.result is not None:
        told["result"] = {**run.result, "examples": await _shown(call, run.result.get("examples", []))}
    return told


def _parsed(text: str) -> Policy:
    try:
        return Policy.parse(text)
    except PolicyError as error:
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY, "refused", "this policy cannot be used", problems=str(error).splitlines()
        ) from error


async def _document(live: Live) -> dict[str, Any]:
    text = await asyncio.to_thread(lambda: as_yaml(json.loads(live.policy.document)))
    return live.version.members() | {"needs": sorted(live.policy.needs), "yaml": text}


def _run_members(run: LeadRun, now_ms: int) -> dict[str, Any]:
    state = run.state
    fault = run.fault
    if state is RunState.RUNNING and not run.is_under_way(now_ms):
        state, fault = RunState.FAILED, "the console that ran it has ended"
    return {
        "test": run.run_id,
        "name": run.about["name"],
        "digest": run.about["digest"],
        "same": run.about["same"],
        "scope": run.about["scope"],
        "by": run.by,
        "state": str(state),
        "started_ms": run.started_ms,
        "ended_ms": run.ended_ms,
        "progress": {"what": run.progress[0], "count": run.progress[1]},
        "fault": fault,
    }


def _shortened(document: dict[str, Any]) -> dict[str, Any]:
    """As much of a test as a page shows."""
    if not document["concludes"]:
        return document
    left_out = {"labels": len(document["labels"]) - MOST_LABELS, "batches": len(document["batches"]) - MOST_BATCHES}
    return document | {
        "labels": document["labels"][:MOST_LABELS],
        "batches": document["batches"][:MOST_BATCHES],
        "further": {name: max(0, further) for name, further in left_out.items()},
    }


async def _shown(call: Call, examples: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    rows, _ = await call.deployment.reviews.get_readable([example["video_id"] for example in examples])
    hidden = {video_id for video_id, row in rows.items() if row.sealed or row.video is None}
    return [example for example in examples if example["video_id"] in rows and example["video_id"] not in hidden]
