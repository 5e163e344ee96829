"""What reelsift promises, held against what a run has left behind."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from reelsift.demo import cast
from reelsift.demo.findings import EndedBatch, Findings
from reelsift.domain.analysis import Analysis
from reelsift.domain.cost import minutes
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.rules import DEFAULT_THRESHOLDS, Action

_LINES = {"first": cast.LINES, "closer": len(cast.CLOSER), "second": cast.LINES}

_ALERT = DEFAULT_THRESHOLDS[Action.ALERT] or 0.0


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: what was found of it, and what speaks against it having been kept."""

    name: str
    found: str
    broken: tuple[str, ...]


def promises(findings: Findings) -> list[Promise]:
    """All of them, in the order of the design."""
    return [
        _paid_once(findings),
        _quota(findings),
        _one_outcome(findings),
        _peaks(findings),
        _told_apart(findings),
        _nothing_left(findings),
    ]


def _paid_once(findings: Findings) -> Promise:
    succeeded = Counter((job["key"], job["operation"]) for job in findings.ledger.jobs if job["status"] == "SUCCEEDED")
    billed, between = findings.ledger.summary["billed_ms"], findings.ledger_between.summary["billed_ms"]
    counted = sum(batch.counts.billed_ms for batch in findings.batches.values())
    due = [(film.key, Analysis.CONTENT_MODERATION.spec) for film in cast.FILMS]
    due += [(film.key, analysis.spec) for film in cast.CLOSER for analysis in cast.CLOSER_ANALYSES]
    broken = [
        f"{key}: {succeeded[key, spec.start]} of {spec.title} succeeded"
        for key, spec in due
        if succeeded[key, spec.start] != 1
    ]
    broken += [f"nobody asked for {start} of {key}" for key, start in succeeded.keys() - {(k, s.start) for k, s in due}]
    if billed != counted:
        broken.append(f"the cloud billed {billed} ms, the batches count {counted} ms")
    if billed != between:
        broken.append(f"the second batch cost {billed - between} ms of video")
    skipped = findings.second.counts.skipped
    if skipped != cast.LINES - cast.BAD_LINES:
        broken.append(f"the second batch skipped {skipped} lines of {cast.LINES - cast.BAD_LINES}")
    lines = sum(batch.counts.succeeded for batch in findings.batches.values()) + skipped
    videos = len({key for key, _ in succeeded})
    found = f"{lines} lines for {videos} videos: {sum(succeeded.values())} analyses, {minutes(billed):.2f} minutes"
    return Promise("paid once", found, tuple(broken))


def _quota(findings: Findings) -> Promise:
    """The cloud opens no more than the quota in any case: kept is the promise only where it never had to refuse."""
    peak, quota = findings.ledger.summary["peak_open"], findings.ledger.summary["quota"]
    refused = findings.ledger.summary["refusals"].get("LimitExceededException", 0)
    broken = [f"Rekognition refused {refused} starts: too many open"] if refused or peak > quota else []
    found = f"at most {peak} of {quota} analyses open at a time, and no start refused for it"
    return Promise("quota kept", found, tuple(broken))


def _one_outcome(findings: Findings) -> Promise:
    broken = [wrong for name, batch in findings.batches.items() for wrong in _miscounted(name, batch)]
    found = " and ".join(
        f"{one.ended} of {_LINES[name]} ({one.succeeded} succeeded, {one.failed} failed, {one.skipped} skipped)"
        for name, one in ((name, batch.counts) for name, batch in findings.batches.items())
    )
    return Promise("one outcome a line", found, tuple(broken))


def _miscounted(name: str, batch: EndedBatch) -> Iterator[str]:
    lines = _LINES[name]
    if len({outcome.id.line for outcome in batch.outcomes}) != lines or len(batch.outcomes) != lines:
        yield f"the {name} batch has {len(batch.outcomes)} outcomes for {lines} lines"
    statuses = Counter(outcome.status for outcome in batch.outcomes)
    counted = (batch.counts.succeeded, batch.counts.failed, batch.counts.skipped)
    if counted != tuple(statuses[status] for status in OutcomeStatus):
        yield f"the {name} batch counts {counted}, its outcomes are {dict(statuses)}"


def _peaks(findings: Findings) -> Promise:
    due_verdicts = {film.key: film.verdict for film in cast.FILMS if film.verdict is not None}
    broken = [
        f"{outcome.ref.key}: the verdict is {outcome.verdict}, not {due_verdicts[outcome.ref.key]}"
        for batch in (findings.first, findings.second)
        for outcome in batch.outcomes
        if outcome.ref.key in due_verdicts and outcome.verdict != due_verdicts[outcome.ref.key]
    ]
    ids = {mail.alert_id for mail in findings.mails}
    due = {verdict.video.key for verdict in findings.verdicts.values() if verdict.alerted}
    if not len(findings.mails) == len(ids) == len(due):
        broken.append(f"{len(findings.mails)} alerts ({len(ids)} different) for {len(due)} videos")
    broken += [f"{film.key} raised no alert" for film in cast.FILMS if film.alert and film.key not in due]
    broken += [f"{mail.subject}: not above the threshold" for mail in findings.mails if mail.max_confidence < _ALERT]
    star = next((job for job in findings.jobs.values() if job.video.key == cast.STAR.key), None)
    mean = findings.means.get(star.key.video_id) if star else None
    peak = star.result.peak_confidence if star else None
    if star is None or mean is None or peak is None or not mean < _ALERT <= peak:
        return Promise("peaks survive", "no peak", (*broken, f"{cast.STAR.key} has no peak above its mean"))
    found = (
        f"{len(findings.mails)} alerts, one a video; {star.result.peak_label} alerts at {peak:g} %"
        f" though its mean is {mean:.1f} %"
    )
    return Promise("peaks survive", found, tuple(broken))


def _told_apart(findings: Findings) -> Promise:
    expected = Counter([*cast.FAILURES.values(), *[Reason.BAD_LINE] * (cast.BAD_LINES - len(cast.FAILURES))])
    broken: list[str] = []
    for name, batch in (("first", findings.first), ("second", findings.second)):
        reasons = {
            outcome.ref.uri: outcome.reason for outcome in batch.outcomes if outcome.status is OutcomeStatus.FAILED
        }
        broken += [
            f"{uri} failed as {reasons.get(uri)} in the {name} batch, not as {reason}"
            for uri, reason in cast.FAILURES.items()
            if reasons.get(uri) is not reason
        ]
        found = Counter(outcome.reason for outcome in batch.outcomes if outcome.status is OutcomeStatus.FAILED)
        if found != expected:
            broken.append(f"the {name} batch failed for {dict(found)}, not for {dict(expected)}")
    return Promise(
        "failures told apart",
        f"{cast.BAD_LINES} bad lines, {len(expected)} reasons; their neighbours lost nothing",
        tuple(broken),
    )


def _nothing_left(findings: Findings) -> Promise:
    remains = findings.remains
    left = {
        "slots held": remains.slots_held,
        "jobs open": remains.open_jobs,
        "messages waiting": remains.messages,
        "dead letters": remains.dead_letters,
    }
    broken = [f"{number} {name}" for name, number in left.items() if number]
    broken += [f"a worker ended with exit code {code}" for code in findings.exit_codes if code]
    found = "no slot held, no message waiting, no dead letter; both workers ended cleanly"
    return Promise("nothing left over", found, tuple(broken))
