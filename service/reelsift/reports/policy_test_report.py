"""What a test of a policy says: as JSON for programs, and in sentences for people."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.judged_video import Found
from reelsift.domain.policy import Verdict
from reelsift.domain.policy_test import CONCLUSIVE, Example, LeftOut, PolicyTest, PolicyTestRun, VerdictMove
from reelsift.reports import wording

VERDICTS = (Verdict.APPROVE, Verdict.REVIEW, Verdict.REJECT, Verdict.INCOMPLETE, None)

SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class TestedPolicy:
    """Which policy was tested: what it is called, and its judging digest."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class DecisionTime:
    """How long a person takes for one decision (seconds): measured over so many decisions, or with none set."""

    seconds: float
    measured: int = 0

    def load_ms(self, items: int) -> float:
        """How long so many items take."""
        return items * self.seconds * 1000


def members(run: PolicyTestRun, policy: TestedPolicy, time: DecisionTime) -> dict[str, Any]:
    """All of it as JSON. Where the test concludes nothing there is no word of what would move."""
    test = run.test
    document: dict[str, Any] = {
        "policy": {"name": policy.name, "digest": policy.digest},
        "scope": {"batch": run.scope.batch_id, "since_ms": run.scope.since_ms or None, "sample": run.scope.sample},
        "videos": run.population,
        "tested": test.videos,
        "judged": test.moves.total(),
        "covered": test.covered,
        "concludes": test.concludes,
        "left_out": {str(why): test.left_out[why] for why in LeftOut},
        "copy": {"parts": run.parts, "unreadable": run.unreadable, "read_from_results": run.read},
    }
    if not test.concludes:
        return document
    return document | {
        "verdicts": {side: _verdicts(test, place) for place, side in enumerate(SIDES)},
        "moves": _moves(test.moves),
        "statuses": [
            {"before": _word(before), "after": _word(after), "videos": videos}
            for (before, after), videos in sorted(test.status_moves.items(), key=_by_count)
            if before != after
        ],
        "decided": test.moved_decided,
        "labels": [
            {"analysis": str(analysis), "label": label, "moves": _moves(counts)}
            for analysis, label, counts in test.labels()
        ],
        "batches": [{"batch": batch, "moves": _moves(counts)} for batch, counts in test.batches().items()],
        "review": {
            "decision_s": time.seconds,
            "measured_decisions": time.measured,
            **{
                side: {"items": test.in_review(place), "hours": time.load_ms(test.in_review(place)) / 3_600_000}
                for place, side in enumerate(SIDES)
            },
        },
        "precision": {
            side: {
                str(verdict): test.precision(side, verdict).members() for verdict in (Verdict.REVIEW, Verdict.REJECT)
            }
            for side in SIDES
        },
        "unknown": {
            "unseen": {str(analysis): answers for analysis, answers in test.unseen.items()},
            "seen_from_unknown": {str(analysis): answers for analysis, answers in test.unknown.items()},
            "alone": test.alone,
            "missing": {str(analysis): videos for analysis, videos in test.missing.items()},
            "versions": [
                {"analysis": str(analysis), "version": version, "answers": answers}
                for (analysis, version), answers in sorted(test.versions.items())
            ],
        },
        "examples": [example.members() for example in test.most_telling()],
    }


def heading(run: PolicyTestRun) -> str:
    """What was tested, in a sentence."""
    videos = wording.count(run.test.videos, "video")
    if run.scope.sample is not None:
        videos = f"a sample of {videos} out of {run.population:,}"
    scope = f" of {run.scope.batch_id}" if run.scope.batch_id is not None else ""
    if run.scope.since_ms:
        scope += f" judged since {wording.moment(run.scope.since_ms)}"
    return f"{videos}{scope}"


def coverage(run: PolicyTestRun) -> str:
    """What the test covers, in a sentence that says so where it concludes nothing."""
    test = run.test
    covered = f"{test.moves.total():,} of {wording.count(test.videos, 'video')} could be judged"
    if test.concludes:
        return covered
    return (
        f"nothing is concluded: {covered}, {100 * test.covered:.1f} % of those whose answers are kept, and it takes"
        f" {100 * CONCLUSIVE:.0f} %"
    )


def unknowns(run: PolicyTestRun) -> Iterator[str]:
    """What cannot be known from what is stored, a sentence each."""
    test = run.test
    for analysis, answers in sorted(test.unseen.items()):
        asked = f"{_answers(answers, analysis)} asked from a higher confidence than the policy's lowest threshold"
        yield f"{asked}: what lies between was never seen"
    for analysis, answers in sorted(test.unknown.items()):
        yield f"from which confidence on {_answers(answers, analysis)} asked was not noted"
    for analysis, videos in sorted(test.missing.items()):
        without = f"{wording.count(videos, 'video')} without an answer of {analysis}, which the policy needs"
        yield f"{without}: approve is not said of them"
    for analysis in Analysis:
        versions = {version: answers for (of, version), answers in test.versions.items() if of is analysis}
        if len(versions) > 1:
            told = ", ".join(f"{version}: {answers:,}" for version, answers in sorted(versions.items()))
            yield f"{analysis} was answered by several versions of its model, which see differently ({told})"
    if test.alone:
        alone = f"how many of the {wording.count(test.alone, 'video')} that machines would reject an hour has room for"
        yield f"{alone} (REELSIFT_AUTO_REJECT_HOURLY_MOST): the others wait for a person"
    yield from _left_out(run)


def _left_out(run: PolicyTestRun) -> Iterator[str]:
    test = run.test
    if gone := test.left_out[LeftOut.GONE]:
        yield f"{wording.count(gone, 'video')} whose results were deleted: they stay as they are"
    if changed := test.left_out[LeftOut.CHANGED]:
        yield f"{wording.count(changed, 'video')} that changed while the test ran"
    if lacking := test.left_out[LeftOut.LACKING]:
        yield f"{wording.count(lacking, 'video')} with answers that the copy lacks, beyond those read from results"
    if run.unreadable:
        yield f"{wording.count(len(run.unreadable), 'part')} of the copy that cannot be read: {run.unreadable[0]}"


def move_words(move: VerdictMove) -> str:
    """`approve to review`."""
    before, after = move
    return f"{before or 'none'} to {after or 'none'}"


def moves_in_order(counts: Counter[VerdictMove]) -> list[tuple[VerdictMove, int]]:
    """The moves from one verdict to another, most first."""
    return [(move, videos) for move, videos in sorted(counts.items(), key=_by_count) if move[0] != move[1]]


def found_words(found: Found | None) -> str:
    """What a move is owed to: `Violence, 83.1 % at 0:12.5`."""
    if found is None:
        return ""
    return f"{found.label}, {wording.confidence(found.confidence)} at {wording.clock(found.at_ms)}"


def example_verdict(example: Example) -> str:
    """The move of an example, with what a person has decided."""
    words = move_words(example.verdict)
    return f"{words} (decided: {example.status[0]})" if example.decided else words


def precision_words(test: PolicyTest, side: str, verdict: Verdict) -> str:
    """`82.1 % (64.4 to 92.1 %) of 28`, or that nobody has decided any."""
    found = test.precision(side, verdict)
    if found.share is None:
        return "none decided"
    return f"{100 * found.share:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f} %) of {found.n:,}"


def time_words(time: DecisionTime) -> str:
    """Where the time a decision comes from."""
    if time.measured:
        return f"{time.seconds:.0f} s a decision, the median of {time.measured:,}"
    return f"{time.seconds:.0f} s a decision, as REELSIFT_DECISION_S says"


def _answers(answers: int, analysis: Analysis) -> str:
    return f"{answers:,} {'answer' if answers == 1 else 'answers'} of {analysis} {'was' if answers == 1 else 'were'}"


def _verdicts(test: PolicyTest, side: int) -> dict[str, int]:
    counts = Counter[str]()
    for move, videos in test.moves.items():
        counts[_word(move[side]) or "none"] += videos
    return dict(counts)


def _moves(counts: Counter[VerdictMove]) -> list[dict[str, Any]]:
    return [
        {"before": _word(before), "after": _word(after), "videos": videos}
        for (before, after), videos in moves_in_order(counts)
    ]


def _by_count(item: tuple[tuple[Any, Any], int]) -> tuple[int, str]:
    return -item[1], str(item[0])


def _word(value: Any) -> str | None:
    return None if value is None else str(value)
