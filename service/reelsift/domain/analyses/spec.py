"""The specification of an analysis: all that the rest of the program knows of one operation of Rekognition Video."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from reelsift.domain.analyses.options import Option, Values, reading, start_members
from reelsift.domain.detections import Detection, Mark, Reading, Row, read_rows
from reelsift.domain.lineage import Told, as_told

Samples = Iterable[Collection[Mark]]
"""For each time at which something was seen, in order, the distinct marks of its detections."""


class Judging(Enum):
    """Which of an analysis' labels a policy judges."""

    EVERY_LABEL = "every label"
    """Those that the policy does not name are judged by its `default`; a video without any is approved."""
    NAMED_LABELS = "named labels"
    """Only those that the policy names, and what stands below them: the others say nothing about what is wrong."""
    WRITING = "writing"
    """What is written, by the policy's own lists of words and patterns. Labels say nothing by themselves."""
    NEVER = "never"
    """None. The policy has no section of this analysis."""


class FoundBy(Enum):
    """By what a search finds the videos of an analysis. The value is the option that says it."""

    LABEL = "label"
    """A label as it is written."""
    TEXT = "text"
    """Words that stand in one of its labels, however they are written."""
    CELEBRITY = "celebrity"
    """A label, however it is written, or what its segments are known by besides (`AnalysisSpec.known_by`)."""
    CUE = "cue"
    """A label of its vocabulary. Nearly every video has each: a search for labels does not find them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisSpec:
    """One Start*/Get* pair of Rekognition Video, and what becomes of its answer.

    `title` is what people call it. `start` and `get` are the operations as IAM and botocore's model name them; `rows`
    and `version` are the members of the Get* answer that list its detections and name its model (None where an
    operation names none). `nominal_step_ms` is the time between two samples in milliseconds, as recorded answers show
    it.
    """

    title: str
    start: str
    get: str
    rows: str
    version: str | None
    nominal_step_ms: int
    read: Callable[[Row], Detection | None]
    """The detection that one row of the answer is. None: the row is part of another and counts with that one. Raises
    MalformedAnswerError for a row that Rekognition would not send."""
    judging: Judging
    found_by: FoundBy = FoundBy.LABEL
    options: tuple[Option, ...] = ()
    """What a deployment may set: what Start* takes beside the members that all have in common, and what acts where the
    answer is read. Results are reused only where all of it is the same."""
    ask_from: Option | None = None
    """The option that is the lowest confidence that Start* asks for."""
    keep_from: Option | None = None
    """The option that is the lowest confidence of a detection that is kept, where Start* takes none."""
    get_options: Mapping[str, Any] = field(default_factory=dict)
    """What Get* takes beside JobId, MaxResults and NextToken."""
    find_lineage: Callable[[str, Told], tuple[str, ...]] = as_told
    """A label's ancestors, top level first, out of what the rows of one whole answer tell."""
    find_label: Callable[[Samples], str] | None = None
    """What to call the detections of one group, by all samples of the answer. None: groups are labels."""
    details: Callable[[Samples], Mapping[str, Any]] | None = None
    """`Segment.details`, by the segment's samples. None: the marks of detections say nothing of segments."""
    details_of_readings: Callable[[Iterable[Reading]], Mapping[str, Any]] | None = None
    """The same by the segment's detections in order, for what depends on how sure of each Rekognition was. A segment
    whose marks are all empty has no details."""
    apart: bool = False
    """Whether each row is a stretch that stays one, even beside or over another of its label: a shot is no shot when
    it is joined to the next."""
    known_by: str | None = None
    """The member of a segment's details by which a policy may name it, too: two people may have one name."""
    marks_stretches: bool = False
    """Whether its labels say what part of a video a stretch is, so that a policy may leave out what is seen only there
    (`ignore_in`)."""
    vocabulary: frozenset[str] = frozenset()
    """All labels there are, as far as is known; empty where labels are without number."""
    aliases: tuple[str, ...] = ()
    """Further names that its users may write."""
    price: Decimal = Decimal("0.10")
    """Dollars a minute of video, unless the deployment says otherwise."""
    personal: bool = False
    """Whether its labels may say who is in a video or what they wrote: such labels are not logged."""

    @property
    def searches_for_wrongs(self) -> bool:
        """Whether it looks for all that is wrong with a video: every policy needs it, unless it is switched off."""
        return self.judging is Judging.EVERY_LABEL

    @property
    def finds_labels(self) -> bool:
        """Whether what it finds has names out of Rekognition's own vocabulary: no text, no person, no part of a film.
        Only such names are counted over many videos, and told of a video beside its verdict.
        """
        return self.found_by is FoundBy.LABEL

    def start_members(self, values: Values) -> dict[str, Any]:
        """What Start* takes beside the members that all have in common."""
        return start_members(self.options, values)

    def model_settings(self, values: Values) -> str:
        """All that changes what an analysis answers, as JSON."""
        return json.dumps(self.start_members(values) | reading(self.options, values), sort_keys=True)

    def kept_from(self, model_settings: str | None = None) -> float:
        """The lowest confidence (0-100) of a detection that is kept, by the `model_settings` of the attempt; None: by
        default.
        """
        if self.keep_from is None:
            return 0
        values = {} if model_settings is None else json.loads(model_settings)
        return float(self.keep_from.value(values))

    def seen_from(self, model_settings: str) -> float:
        """The lowest confidence (0-100) that an attempt with these `model_settings` could show; 0 where nothing bounds
        it.
        """
        option = self.keep_from or self.ask_from
        if option is None:
            return 0
        settings: Any = json.loads(model_settings)
        for name in (option.member or option.name).split("."):
            settings = settings.get(name, {})
        return float(settings) if settings != {} else 0

    def parse(self, page: Mapping[str, Any], page_number: int = 1) -> list[Detection]:
        """The detections of one Get* page in the page's order. Members that nobody knows are ignored.

        Raises MalformedAnswerError for a page without its list of rows and for a row without a time, a name or a
        confidence of 0-100: leaving such a row out could leave out the one that matters.
        """
        read = (self.read(row) for row in read_rows(page, self.rows, page_number))
        return [detection for detection in read if detection is not None]

    def lineages(self, told: Told) -> dict[str, tuple[str, ...]]:
        """Each label's ancestors, top level first, without the label. The order of rows and pages changes nothing."""
        return {label: self.find_lineage(label, told) for label in told}
