"""The report of a batch as a page for people: one HTML file that needs nothing else, no network and no script."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from jinja2 import Template

from reelsift import __version__
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import OVER
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status
from reelsift.domain.video_verdict import PENDING
from reelsift.reports import wording
from reelsift.reports.categories import COLOURS, legend
from reelsift.reports.contents import FlaggedVideo, LabelShare, ReportContents
from reelsift.reports.notices import final_state, notices
from reelsift.reports.reason_words import Explanation, explain, unknown_cost
from reelsift.reports.templating import templates
from reelsift.reports.timeline import COLUMNS, Timeline, draw

LABELS = 40
"""Labels of the distribution that are shown."""

_STATUSES = tuple(OutcomeStatus)
_VERDICTS = (Verdict.REJECT, Verdict.REVIEW, Verdict.APPROVE)
_STATUSES_OF_VIDEOS = (Status.REJECTED, Status.IN_REVIEW, Status.FAILED, Status.RESTRICTED, Status.APPROVED)
_OFTEN_NONE = (str(Verdict.INCOMPLETE), PENDING)
"""Verdicts that have a row only where a video has them."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How some lines ended: a status, a reason code (empty for plain success), and its words."""

    status: str
    reason: str
    lines: int
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Shown:
    """A flagged video with its place on the page, the time of its peak (ms, None where no segment tells it), and its
    picture (None where it has no segments).
    """

    anchor: str
    video: FlaggedVideo
    peak_ms: int | None
    timeline: Timeline | None


def render_page(contents: ReportContents) -> str:
    """The page as HTML. It may be encoded as UTF-8 whatever the names in it.

    Takes processor time in proportion to the segments of the videos shown, a second or more for many: run it in a
    thread.
    """
    batch, counts = contents.batch, contents.counts
    state = final_state(batch)
    labels = contents.labels[:LABELS]
    videos = [_shown(place, video) for place, video in enumerate(contents.flagged, start=1)]
    ended_ms = batch.finished_ms if batch.finished_ms is not None else contents.written_ms
    return _template().render(
        contents=contents,
        batch=batch,
        counts=counts,
        state=state,
        over=state in OVER,
        lines=counts.ended if batch.total is None else batch.total,
        money=wording.money(counts.cost_micros).rsplit(" ", 1),
        left_out=unknown_cost(contents.endings),
        rejected=contents.verdicts.get(Verdict.REJECT, 0),
        reviewed=contents.verdicts.get(Verdict.REVIEW, 0),
        judged=sum(contents.verdicts.values()),
        took_ms=max(0, ended_ms - batch.created_ms),
        ended_ms=ended_ms,
        notices=notices(contents),
        shared=contents.endings.get((OutcomeStatus.SUCCEEDED, Reason.SHARED), 0),
        endings=list(_endings(contents)),
        verdicts=list(_verdicts(contents)),
        statuses=list(_statuses(contents)),
        moves=sorted(contents.moved.items(), key=lambda item: (-item[1], item[0])),
        labels=labels,
        usual=Analysis.CONTENT_MODERATION,
        most_videos=max((label.videos for label in labels), default=0),
        more_labels=len(contents.labels) - len(labels),
        videos=videos,
        looks=COLOURS.items(),
        legend=legend(_categories(labels, videos)),
        columns=COLUMNS,
        ruled=Analysis.SEGMENTS.spec.title,
        ruler=any(shown.timeline.ruler for shown in videos if shown.timeline),
        counted=any(lane.counted for shown in videos if shown.timeline for lane in shown.timeline.lanes),
        version=__version__,
    )


@cache
def _template() -> Template:
    return templates().get_template("page.html")


def _endings(contents: ReportContents) -> Iterator[Ending]:
    def order(ending: tuple[tuple[str, str], int]) -> tuple[int, int, str]:
        (status, reason), lines = ending
        return _STATUSES.index(OutcomeStatus(status)), -lines, reason

    for (status, reason), lines in sorted(contents.endings.items(), key=order):
        yield Ending(status, reason, lines, explain(reason))


def _verdicts(contents: ReportContents) -> Iterator[tuple[str, int]]:
    for verdict in _VERDICTS:
        yield verdict, contents.verdicts.get(verdict, 0)
    for rare in _OFTEN_NONE:
        if videos := contents.verdicts.get(rare, 0):
            yield rare, videos


def _statuses(contents: ReportContents) -> Iterator[tuple[str, int]]:
    for status in (*_STATUSES_OF_VIDEOS, PENDING):
        if videos := contents.statuses.get(status, 0):
            yield status, videos


def _shown(place: int, video: FlaggedVideo) -> Shown:
    verdict_for = video.peak_analysis, video.peak_label
    of_peak = (segment for segment in video.segments if (segment["analysis"], segment["label"]) == verdict_for)
    peak = max(of_peak, key=lambda segment: (segment["max_confidence"], -segment["peak_ms"]), default=None)
    return Shown(
        anchor=f"video-{place}",
        video=video,
        peak_ms=None if peak is None else peak["peak_ms"],
        timeline=draw(video.segments, video.duration_ms, video.alerts),
    )


def _categories(labels: Iterable[LabelShare], videos: Iterable[Shown]) -> Iterator[str]:
    yield from (label.category for label in labels)
    yield from (lane.category for video in videos if video.timeline for lane in video.timeline.lanes)
