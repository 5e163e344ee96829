"""A test of a policy as a page for people: one HTML file that needs nothing else, no network and no script."""

from collections import Counter
from collections.abc import Sequence

from reelsift import __version__
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Verdict
from reelsift.domain.policy_test import PolicyTestRun, VerdictMove
from reelsift.reports.categories import COLOURS, legend
from reelsift.reports.contents import FlaggedVideo
from reelsift.reports.page import Shown
from reelsift.reports.policy_test_report import (
    SIDES,
    VERDICTS,
    DecisionTime,
    TestedPolicy,
    coverage,
    found_words,
    heading,
    move_words,
    moves_in_order,
    precision_words,
    time_words,
    unknowns,
)
from reelsift.reports.templating import templates
from reelsift.reports.timeline import COLUMNS, draw

ROWS = 40
"""Labels and batches that are shown."""


def render_policy_test(
    run: PolicyTestRun, policy: TestedPolicy, time: DecisionTime, examples: Sequence[FlaggedVideo]
) -> str:
    """The page as HTML. It may be encoded as UTF-8 whatever the names in it. `examples` are those of the test, with
    their segments.
    """
    test = run.test
    shown = [
        Shown(f"video-{place}", video, None, draw(video.segments, video.duration_ms, video.alerts))
        for place, video in enumerate(examples, start=1)
    ]
    labels, batches = test.labels(), list(test.batches().items())
    lanes = [lane for each in shown if each.timeline for lane in each.timeline.lanes]
    page = (
        templates()
        .get_template("policy_test.html")
        .render(
            policy=policy,
            heading=heading(run),
            coverage=coverage(run),
            test=test,
            judged=test.moves.total(),
            verdicts=[(str(verdict or "none"), counts) for verdict in VERDICTS if any(counts := _counts(run, verdict))],
            moves=[(move_words(move), videos) for move, videos in moves_in_order(test.moves)],
            labels=[(label, analysis, counts.total(), _told(counts)) for analysis, label, counts in labels[:ROWS]],
            more_labels=max(0, len(labels) - ROWS),
            batches=[(batch, counts.total(), _told(counts)) for batch, counts in batches[:ROWS]],
            more_batches=max(0, len(batches) - ROWS),
            items=[test.in_review(side) for side in (0, 1)],
            load_ms=[time.load_ms(test.in_review(side)) for side in (0, 1)],
            time=time_words(time),
            precision=[
                (str(verdict), [precision_words(test, side, verdict) for side in SIDES])
                for verdict in (Verdict.REJECT, Verdict.REVIEW)
            ],
            unknowns=list(unknowns(run)),
            videos=list(zip(shown, map(found_words, (each.found for each in test.most_telling())), strict=True)),
            usual=Analysis.CONTENT_MODERATION,
            looks=COLOURS.items(),
            legend=legend(lane.category for lane in lanes),
            columns=COLUMNS,
            ruled=Analysis.SEGMENTS.spec.title,
            version=__version__,
        )
    )
    return page.encode(errors="replace").decode()


def _counts(run: PolicyTestRun, verdict: Verdict | None) -> list[int]:
    return [sum(videos for move, videos in run.test.moves.items() if move[side] == verdict) for side in (0, 1)]


def _told(counts: Counter[VerdictMove]) -> str:
    return ", ".join(f"{move_words(move)}: {videos:,}" for move, videos in moves_in_order(counts))
