"""Label detection: what is counted, and which names a filter may have."""

import re
from typing import Any

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reelsift.domain.analyses.labels import Names
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.segments import Segment

START: Any = Session().get_service_model("rekognition").operation_model("StartLabelDetection").input_shape
NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(Names)


def row(at_ms: int, name: str, instances: int) -> dict[str, Any]:
    seen = [{"BoundingBox": {}, "Confidence": 90}] * instances
    return {"Timestamp": at_ms, "Label": {"Name": name, "Confidence": 90, "Parents": [], "Instances": seen}}


def segments(*rows: dict[str, Any]) -> list[Segment]:
    return Answer.of(Analysis.LABELS, [{"JobStatus": "SUCCEEDED", "Labels": list(rows)}]).segments()


def test_how_many_were_seen_at_once_is_told_where_any_were_counted() -> None:
    street, person = segments(row(0, "Street", 0), row(200, "Person", 2), row(400, "Person", 5), row(600, "Person", 1))
    assert (street.label, street.details) == ("Street", {})
    assert (person.label, person.details) == ("Person", {"most_instances": 5})


@given(st.text("Aa1-'_(). \u00e9,:\u00e5!", min_size=1, max_size=60))
def test_a_filter_takes_the_names_that_botocores_model_takes(name: str) -> None:
    filters = START.members["Settings"].members["GeneralLabels"].members["LabelInclusionFilters"]
    taken = filters.member.metadata
    fits = len(name.strip()) <= taken["max"] and re.fullmatch(taken["pattern"], name.strip()) is not None
    if not fits and "," not in name:
        with pytest.raises(ValidationError):
            NAMES.validate_python(name)
    elif "," not in name and name.strip():
        assert NAMES.validate_python(name) == (name.strip(),)
