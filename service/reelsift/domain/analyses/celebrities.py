"""Celebrity recognition: who of the people that Rekognition knows is in the picture."""

from typing import Any

from reelsift.domain.analyses.options import Option, Percent
from reelsift.domain.analyses.spec import AnalysisSpec, FoundBy, Judging, Samples
from reelsift.domain.detections import Detection, Row


def _read(row: Row) -> Detection:
    celebrity = row.inner("Celebrity")
    at_ms, end_ms = row.span()
    name, confidence = celebrity.name(), celebrity.confidence()
    known_as = celebrity.text("Id") if celebrity.has("Id") else ""
    # Names are not unique, nor are Ids in recorded answers: rows are of one person where both agree.
    person = f"{name} ({known_as})" if known_as else name
    mark = (name, known_as, tuple(celebrity.texts("Urls")))
    return Detection(at_ms, name, (), confidence, end_ms, group=person, mark=mark)


def _name(samples: Samples) -> str:
    names: set[str] = {name for marks in samples for name, _, _ in marks}
    return min(names)


def _details(samples: Samples) -> dict[str, Any]:
    people = {mark for marks in samples for mark in marks}
    known_as = max(known_as for _, known_as, _ in people)
    urls = sorted({url for *_, urls in people for url in urls})
    return ({"id": known_as} if known_as else {}) | {"urls": urls}


_MIN_CONFIDENCE = Option(
    name="celebrities_min_confidence",
    kind=Percent,
    default=90.0,
    description="A name that Rekognition is less sure of is not kept; Rekognition itself takes no such limit.",
    member=None,
)

SPEC = AnalysisSpec(
    title="celebrity recognition",
    start="StartCelebrityRecognition",
    get="GetCelebrityRecognition",
    options=(_MIN_CONFIDENCE,),
    keep_from=_MIN_CONFIDENCE,
    get_options={"SortBy": "TIMESTAMP"},
    rows="Celebrities",
    version=None,
    nominal_step_ms=500,
    read=_read,
    find_label=_name,
    details=_details,
    judging=Judging.NAMED_LABELS,
    found_by=FoundBy.CELEBRITY,
    known_by="id",
    personal=True,
)
