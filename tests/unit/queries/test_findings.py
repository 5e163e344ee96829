import pytest

from reelsift.domain.policy import Verdict
from reelsift.errors import ApprovedNotIndexed, ConfidenceWithoutLabel, NothingAskedFor
from reelsift.queries.findings import Query


def test_a_query_asks_for_something() -> None:
    with pytest.raises(NothingAskedFor):
        Query()
    with pytest.raises(NothingAskedFor):
        Query(batch_id="b")


def test_a_confidence_is_that_of_a_label() -> None:
    with pytest.raises(ConfidenceWithoutLabel):
        Query(verdict=Verdict.REJECT, min_confidence=50)
    assert Query(label="Explicit", min_confidence=50).min_confidence == 50


def test_approved_videos_have_no_index_of_their_own() -> None:
    with pytest.raises(ApprovedNotIndexed):
        Query(verdict=Verdict.APPROVE)
    assert Query(verdict=Verdict.APPROVE, batch_id="b").batch_id == "b"
    assert Query(verdict=Verdict.APPROVE, label="Alcohol").label == "Alcohol"
