"""An answer: all that Get* says of one analysis of one video, gathered page by page."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import isfinite
from typing import Any, Self

from reelsift.domain.analysis import Analysis
from reelsift.domain.columns import Column, Name, Shared
from reelsift.domain.detections import Detection, MalformedAnswerError, Row
from reelsift.domain.message_text import escape
from reelsift.domain.segments import GAP_STEPS, Sampling, Segment, step_ms
from reelsift.domain.video import ObjectRef

_FACT_SHOWN = 200


class JobStatus(StrEnum):
    """Rekognition's word on a job (botocore's VideoJobStatus)."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class UnrecognisedAnswerError(ValueError):
    """The page is no answer of any analysis there is."""

    def __init__(self) -> None:
        super().__init__("no answer of " + " or ".join(analysis.spec.get for analysis in Analysis))


class MismatchedPagesError(ValueError):
    """Two pages that do not belong to one answer: `member` differs, or one is aggregated by SEGMENTS."""

    def __init__(self, member: str, page: int, before: object, here: object) -> None:
        there, found = (value.uri if isinstance(value, ObjectRef) else value for value in (before, here))
        super().__init__(f"page {page} belongs to another answer: its {member} is {_shown(found)}, not {_shown(there)}")
        self.member = member
        self.page = page


class Answer:
    """The pages of one Get* operation on one job. Their order, and how rows are spread over them, changes nothing.

    Detections are kept in columns, 16 bytes each, 8 more for an end and 8 for a mark: six hours of video give a
    million. `kept_from` is the lowest confidence (0-100) that is kept; unless given, the analysis' own default.
    `left_out` counts the detections below it.
    """

    def __init__(self, analysis: Analysis, kept_from: float | None = None) -> None:
        self.analysis = analysis
        self.kept_from = analysis.spec.kept_from() if kept_from is None else kept_from
        self.pages = 0
        self.detections = 0
        self.left_out = 0
        self._columns: dict[str, Column] = {}
        self._shared = Shared()
        self._facts: dict[str, Any] = {}
        self._statuses: set[JobStatus] = set()
        self._ended = False

    @staticmethod
    def recognise(page: Mapping[str, Any]) -> Analysis:
        """Which analysis a page answers, by the members only its operation has. Raises UnrecognisedAnswerError.

        A FAILED answer may carry none of them; then nobody can tell.
        """
        if "JobStatus" in page:
            for analysis in Analysis:
                if analysis.spec.rows in page or analysis.spec.version in page:
                    return analysis
        raise UnrecognisedAnswerError

    @classmethod
    def of(cls, analysis: Analysis, pages: Sequence[Mapping[str, Any]]) -> Self:
        """The answer made of these pages."""
        answer = cls(analysis)
        for page in pages:
            answer.add(page)
        return answer

    def add(self, page: Mapping[str, Any]) -> None:
        """Takes in one page, wholly or not at all.

        Raises MalformedAnswerError for what Rekognition would not send, and MismatchedPagesError for a page of
        another job, video or aggregation.
        """
        number = self.pages + 1
        status = _status(page, number)
        spec = self.analysis.spec
        # Only a success owes a list: without it, a clean video and a broken page would look the same.
        rows = spec.parse(page, number) if spec.rows in page or status == JobStatus.SUCCEEDED else []
        facts = self._read_facts(page, rows, number)
        for member, here in facts.items():
            before = self._facts.get(member, here)
            if here != before:
                raise MismatchedPagesError(member, number, before, here)
        self._facts |= facts
        self._statuses.add(status)
        self._ended = self._ended or not page.get("NextToken")
        kept = [row for row in rows if row.confidence >= self.kept_from]
        for row in kept:
            if (column := self._columns.get(row.key)) is None:
                column = self._columns[row.key] = Column(self._shared)
            column.add(row)
        self.detections += len(kept)
        self.left_out += len(rows) - len(kept)
        self.pages = number

    @property
    def status(self) -> JobStatus:
        """FAILED or IN_PROGRESS if any page says so; an answer without pages is in progress."""
        for status in (JobStatus.FAILED, JobStatus.IN_PROGRESS):
            if status in self._statuses:
                return status
        return JobStatus.SUCCEEDED if self._statuses else JobStatus.IN_PROGRESS

    @property
    def truncated(self) -> bool:
        """Whether the page that ends the answer (the one without NextToken) is missing."""
        return not self._ended

    @property
    def duration_ms(self) -> int | None:
        return self._facts.get("VideoMetadata.DurationMillis")

    @property
    def frame_rate(self) -> float | None:
        """Frames a second; None where the answer tells none, or what no video has."""
        rate = self._facts.get("VideoMetadata.FrameRate")
        return rate if rate is not None and isfinite(rate) and rate > 0 else None

    @property
    def model_version(self) -> str | None:
        """The model's version by its own account; some operations tell none."""
        version = self.analysis.spec.version
        return None if version is None else self._facts.get(version)

    @property
    def job_id(self) -> str | None:
        return self._facts.get("JobId")

    @property
    def video(self) -> ObjectRef | None:
        """The object the answer names; older answers name none."""
        return self._facts.get("Video")

    @property
    def step_ms(self) -> float:
        """The sampling step of this answer in milliseconds."""
        times: set[int] = set()
        for column in self._columns.values():
            times.update(column.times)
        return step_ms(times, self.analysis.spec.nominal_step_ms)

    def segments(self, max_gap_ms: int | None = None) -> list[Segment]:
        """The answer's segments, ordered by start, then label.

        `max_gap_ms` is the longest gap inside a segment, 1.5 sampling steps unless given. It is without effect where
        AWS has aggregated the answer by SEGMENTS.
        """
        step = self.step_ms
        max_gap = GAP_STEPS * step if max_gap_ms is None else max_gap_ms
        sampling = Sampling(step, max_gap, self.duration_ms)
        names = self.names()
        segments = [
            segment
            for key, column in self._columns.items()
            for segment in column.segments(self.analysis, names[key], sampling)
        ]
        return sorted(segments, key=lambda segment: (segment.start_ms, segment.label, segment.end_ms))

    def names(self) -> dict[str, Name]:
        """What the detections of each group (`Detection.key`) are called.

        Where several groups have one label, each is called by its key, below that label.
        """
        spec = self.analysis.spec
        parents = spec.lineages({key: column.parents for key, column in self._columns.items()})
        if spec.find_label is None:
            return {key: Name(key, parents[key]) for key in self._columns}
        labels = {key: spec.find_label(column.samples()) for key, column in self._columns.items()}
        often = Counter(labels.values())
        return {
            key: Name(label, parents[key]) if often[label] == 1 else Name(key, (*parents[key], label))
            for key, label in labels.items()
        }

    def _read_facts(self, page: Mapping[str, Any], rows: list[Detection], number: int) -> dict[str, Any]:
        """What every page of an answer says alike, so far as this one says it."""
        facts = dict(_metadata(page.get("VideoMetadata"), number))
        for member in ("JobId", self.analysis.spec.version):
            if member is not None and page.get(member):
                facts[member] = _text(page[member], member, number)
        if (video := _video(page.get("Video"))) is not None:
            facts["Video"] = video
        aggregations = {"TIMESTAMPS" if row.end_ms is None else "SEGMENTS" for row in rows}
        for aggregation in sorted(aggregations):
            if facts.setdefault("AggregateBy", aggregation) != aggregation:
                raise MismatchedPagesError("AggregateBy", number, facts["AggregateBy"], aggregation)
        return facts


def why_unfinished(page: Mapping[str, Any]) -> str | None:
    """Why a page tells nothing of a video, in words: its analysis FAILED, or had not ended. None where it did."""
    # A FAILED answer may lack the members by which its operation is told, so the status comes first.
    match page.get("JobStatus"):
        case JobStatus.FAILED:
            return f"the analysis FAILED: {page.get('StatusMessage') or 'Rekognition gave no reason'}"
        case JobStatus.IN_PROGRESS:
            return "the analysis is IN_PROGRESS: there is no result yet"
        case _:
            return None


def _shown(fact: object) -> str:
    return escape(str(fact)[:_FACT_SHOWN])


def _text(value: Any, member: str, number: int) -> str:
    """What a member says. GetSegmentDetection lists a model version a type: then the text names each."""
    if isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value):
        rows = [Row(one, f"{member}[{n}]", number, n) for n, one in enumerate(value)]
        return ", ".join(sorted(_type_and_version(row) for row in rows))
    if not isinstance(value, str):
        raise MalformedAnswerError("must be text", page=number, member=member)
    return value


def _type_and_version(row: Row) -> str:
    kind = row.text("Type")
    return f"{kind} {row.text('ModelVersion')}" if row.has("ModelVersion") else kind


def _status(page: Mapping[str, Any], number: int) -> JobStatus:
    value = page.get("JobStatus")
    if not isinstance(value, str) or value not in JobStatus.__members__:
        raise MalformedAnswerError(f"must be one of {', '.join(JobStatus)}", page=number, member="JobStatus")
    return JobStatus(value)


def _metadata(metadata: Any, number: int) -> Iterator[tuple[str, Any]]:
    """Duration and frame rate. GetSegmentDetection sends an array, one element a video stream: the longest counts."""
    streams = metadata if isinstance(metadata, list | tuple) else [metadata]
    described = [stream for stream in streams if isinstance(stream, Mapping)]
    for stream in described:
        duration = stream.get("DurationMillis")
        if duration is not None and (type(duration) is not int or duration < 0):
            raise MalformedAnswerError(
                "must be a whole number of milliseconds, not negative",
                page=number,
                member="VideoMetadata.DurationMillis",
            )
    longest = max(described, key=lambda stream: stream.get("DurationMillis") or 0, default={})
    for member in ("DurationMillis", "FrameRate"):
        if isinstance(longest.get(member), int | float):
            yield f"VideoMetadata.{member}", longest[member]


def _video(video: Any) -> ObjectRef | None:
    s3_object = video.get("S3Object") if isinstance(video, Mapping) else None
    if not isinstance(s3_object, Mapping):
        return None
    bucket, key = s3_object.get("Bucket"), s3_object.get("Name")
    if not isinstance(bucket, str) or not isinstance(key, str):
        return None
    version = s3_object.get("Version")
    return ObjectRef(bucket, key, version_id=version if isinstance(version, str) else None)
