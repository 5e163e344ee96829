"""The promises, each held against the evidence: pure functions that name every violation."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaos import checks_of_people, checks_of_policies
from chaos.evidence import QUEUES, Evidence, Row
from chaos.expectations import DIRECT, Expectations
from chaos.kinds import SKIPPED, SUCCEEDED
from rekognition_cloud.rekognition.jobs import INTERNAL_FAILURE, MOST_FAILURES
from rekognition_cloud.rekognition.operations import ANALYSES

_START = {analysis.name: analysis.start for analysis in ANALYSES}


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and by what became of whom."""

    promise: str
    what: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.what}"


def violations(expected: Expectations, found: Evidence) -> list[Violation]:
    """All that is wrong, in the order of the checks."""
    return [Violation(str(check.__doc__).rstrip("."), what) for check in _ALL for what in check(expected, found)]


def every_line_has_its_outcome(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Every line has one outcome, and it is the right one."""
    outcomes: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    reevaluations = found.reevaluations
    for row in found.outcomes:
        if _batch_of(row) not in reevaluations:
            outcomes[_line_of(row)].append(row)
    for name, line in expected.lines.items():
        rows = outcomes.pop(name, [])
        if len(rows) != 1:
            yield f"{_named(name)} has {len(rows)} outcomes"
            continue
        (row,) = rows
        says = (row["status"], row.get("reason"), row.get("verdict"))
        allowed: list[tuple[str, str | None, str | None]] = [(line.status, line.reason, None)]
        if line.subject is not None:
            kind = line.subject.kind
            # Which policy was live depends on the moment; so does whether the result of another line was there before.
            verdicts = [kind.verdict_by(policy) for policy in found.policies.values()]
            allowed = [(kind.status, kind.reason_of(line.analyses), verdict) for verdict in verdicts]
            if kind.status == SUCCEEDED and len(expected.of_key(line.subject.key)) > 1:
                allowed += [(SKIPPED, "already_analysed", verdict) for verdict in verdicts]
        if says not in allowed:
            key = line.subject.key if line.subject else "unreadable"
            yield f"{_named(name)} of {key} ended as {says}, not {allowed[0]}: {row.get('message', '')}"
    for name in outcomes:
        yield f"{_named(name)} has an outcome, and was never sent"


def who_pays_succeeds(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Of the lines of one video at least one succeeded."""
    succeeded = {_line_of(row) for row in found.outcomes if row["status"] == SUCCEEDED}
    for subject in expected.analysed():
        if succeeded.isdisjoint(expected.of_key(subject.key)):
            yield f"{subject.key}: {', '.join(_named(name) for name in expected.of_key(subject.key))}"


def each_attempt_is_billed_once(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Each video is billed once, and each of its attempts was needed."""
    tags = Counter(job["job_tag"] for job in found.own_jobs)
    yield from (f"{count} jobs with the tag {tag}" for tag, count in tags.items() if count > 1)
    jobs: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for job in found.own_jobs:
        jobs[job["key"], job["operation"]].append(job)
    for key, subject in expected.subjects.items():
        for analysis in sorted(expected.analyses[key]):
            of_video = jobs.pop((key, _START[analysis]), [])
            said = Counter(job["status"] for job in of_video)
            struck = sum(job["status"] == "FAILED" and job["message"] == INTERNAL_FAILURE for job in of_video)
            if said[SUCCEEDED] != int(subject.kind.succeeds(analysis)):
                yield f"{key}, {analysis}: {said[SUCCEEDED]} jobs succeeded: {_tags(of_video)}"
            if said["FAILED"] - struck != subject.kind.failures(analysis) or struck > MOST_FAILURES:
                yield f"{key}, {analysis}: {said['FAILED']} jobs failed, {struck} of them at random: {_tags(of_video)}"
            if said["IN_PROGRESS"]:
                yield f"{key}, {analysis}: a job is open: {_tags(of_video)}"
    for (key, operation), of_video in jobs.items():
        yield f"{key}: nobody asked for {operation}: {_tags(of_video)}"


def the_lines_say_what_was_billed(expected: Expectations, found: Evidence) -> Iterator[str]:
    """What the lines of a video say they have paid is what Rekognition has billed for it."""
    said: Counter[str] = Counter()
    for row in found.outcomes:
        line = expected.lines.get(_line_of(row))
        if line is not None and line.subject is not None:
            said[line.subject.key] += int(row["billed_ms"])
    billed: Counter[str] = Counter()
    for job in found.own_jobs:
        billed[job["key"]] += job["billed_ms"]
    for key in sorted(said.keys() | billed.keys()):
        if said[key] != billed[key]:
            yield f"{key}: its lines say {said[key]} ms, Rekognition {billed[key]} ms"


def no_slot_is_held_by_nobody(_expected: Expectations, found: Evidence) -> Iterator[str]:
    """No slot is held by nobody."""
    for row in found.tables["slots"]:
        if "holder" in row:
            yield f"slot {row['slot']} is held by {row['holder']}"


def nothing_is_in_flight(_expected: Expectations, found: Evidence) -> Iterator[str]:
    """Nothing is in flight."""
    for queue in QUEUES:
        if found.waiting[queue]:
            yield f"{found.waiting[queue]} messages in the {queue} queue"
    for row in found.tables["jobs"]:
        if row.get("state", "CLOSED") != "CLOSED" or "open" in row:
            yield f"the job {row['analysis']} of {row.get('key')} is {row.get('state')}"
    for row in found.tables["outcomes"]:
        partition = str(row["batch"])
        if partition.startswith("waiters##"):
            yield f"{row['line']} waits for {partition.removeprefix('waiters##')}"
        elif partition == "mail##outbox" and row["line"] != "!window":
            yield f"the alert {row['line']} was never mailed"


def batch_sums_are_exact(expected: Expectations, found: Evidence) -> Iterator[str]:
    """The sums of batches are exact."""
    tallies: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for row in found.outcomes:
        batch, _, chunk = str(row["batch"]).rpartition("#")
        tally = tallies[batch, int(chunk)]
        tally[str(row["status"]).lower()] += 1
        tally["billed_ms"] += int(row["billed_ms"])
    lines: Counter[str] = Counter()
    for chunk_row in found.chunks:
        name = chunk_row["batch_id"], int(str(chunk_row["part"]).removeprefix("chunk#"))
        tally = tallies.pop(name, Counter())
        for member in ("succeeded", "failed", "skipped", "billed_ms"):
            if int(chunk_row.get(member, 0)) != tally[member]:
                counted = chunk_row.get(member, 0)
                yield f"chunk {name[1]} of {name[0]} counts {member} {counted}, its outcomes say {tally[member]}"
        lines[name[0]] += tally["succeeded"] + tally["failed"] + tally["skipped"]
    yield from (f"outcomes of chunk {chunk} of {batch}, which there is not" for batch, chunk in tallies)
    states = {row["batch_id"]: row.get("state") for row in found.tables["batches"] if row["part"] == "meta"}
    for batch, total in expected.batches.items():
        if lines[batch] != total:
            yield f"{batch} has {total} lines, of which {lines[batch]} are counted"
        if states.get(batch) != "Complete":
            yield f"{batch} is {states.get(batch)}"


def alerts_are_those_that_are_due(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Every video with a label at or above its alert threshold has its alert, repeated under one id, and none else."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for envelope in found.alerts:
        ids[_alerted(envelope)].add(envelope["MessageAttributes"]["alert_id"]["Value"])
    due = {f"s3://{subject.bucket}/{subject.key}": subject for subject in expected.analysed() if subject.kind.alert}
    for uri, subject in due.items():
        if uri not in ids:
            yield f"{uri} ({subject.kind.peak:g} %) has no alert"
    for uri, names in ids.items():
        if uri not in due:
            yield f"{uri} has an alert that is not due"
        elif len(names) > 1:
            yield f"{uri} has alerts of {len(names)} ids: {', '.join(sorted(names))}"
    shared = Counter(name for names in ids.values() for name in names)
    yield from (f"{count} videos share the alert id {name}" for name, count in shared.items() if count > 1)


def verdicts_rest_on_the_newest_answers(_: Expectations, found: Evidence) -> Iterator[str]:
    """Each verdict was made of the newest answer of each analysis of its video, and every alert was sent."""
    verdicts = {row["video_id"]: row for row in found.tables["reviews"] if "attempts" in row}
    for job in found.tables["jobs"]:
        if "result_key" not in job or "failure_reason" in job or "undelivered" in job:
            continue
        verdict = verdicts.get(job["video_id"])
        # Without moderation, which the policy needs, there is no verdict.
        if verdict is None and job["analysis"] != "content_moderation":
            continue
        judged = verdict["attempts"].get(job["analysis"]) if verdict is not None else None
        if judged != job["attempt"]:
            yield f"{job['key']} is judged by attempt {judged} of {job['analysis']}, not by {job['attempt']}"
    for verdict in verdicts.values():
        if any(name.startswith("unsent") for name in verdict):
            yield f"{verdict['key']} has an alert that was not sent"


def dead_letters_are_poison(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Dead letters are poison, and all of it."""
    for queue in QUEUES:
        poison = expected.poison.get(queue, set())
        bodies = {str(message["Body"]): message for message in found.dead[queue]}
        for body, message in bodies.items():
            if body not in poison:
                reason = message.get("MessageAttributes", {}).get("reelsift-reason", {}).get("StringValue")
                yield f"{body!r} in {queue}-dead ({reason})"
        yield from (f"{body!r} is not in {queue}-dead" for body in sorted(poison - bodies.keys()))


def the_quota_was_kept(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Never more jobs are open than the quota."""
    moments = [(job["started_at"], 1) for job in found.own_jobs] + [(job["ended_at"], -1) for job in found.own_jobs]
    open_jobs = peak = 0
    for _, step in sorted(moments):
        open_jobs += step
        peak = max(peak, open_jobs)
    if peak > expected.quota:
        yield f"{peak} were open at a time, of {expected.quota}"


CHECKS = (
    every_line_has_its_outcome,
    who_pays_succeeds,
    each_attempt_is_billed_once,
    the_lines_say_what_was_billed,
    no_slot_is_held_by_nobody,
    nothing_is_in_flight,
    batch_sums_are_exact,
    alerts_are_those_that_are_due,
    verdicts_rest_on_the_newest_answers,
    dead_letters_are_poison,
    the_quota_was_kept,
)

_ALL = (*CHECKS, *checks_of_people.CHECKS, *checks_of_policies.CHECKS)


def _batch_of(row: Mapping[str, Any]) -> str:
    return str(row["batch"]).rpartition("#")[0]


def _line_of(row: Mapping[str, Any]) -> tuple[str, str]:
    batch = _batch_of(row)
    return (DIRECT if batch.startswith("direct-") else batch), str(row["line"])


def _named(name: tuple[str, str]) -> str:
    return f"line {name[1]} of {name[0]}"


def _alerted(envelope: Row) -> str:
    """The video that an alert is about: its first line."""
    return str(envelope["Message"]).partition("\n")[0]


def _tags(jobs: list[Row]) -> str:
    return ", ".join(f"{job['job_tag']} {job['status']}" for job in jobs) or "none"
