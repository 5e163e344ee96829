import pytest

from integration.cli.rows import analysed, job, segment
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Verdict
from reelsift.domain.video import Video
from reelsift.errors import ApprovedNotIndexed, ConfidenceOfNothing, NothingAskedFor, UnknownCue
from reelsift.queries.findings import Query, find
from support.memory_worker import MemoryWorker


def test_a_query_asks_for_something() -> None:
    with pytest.raises(NothingAskedFor):
        Query()
    with pytest.raises(NothingAskedFor):
        Query(batch_id="b")


def test_a_confidence_is_that_of_a_label() -> None:
    with pytest.raises(ConfidenceOfNothing):
        Query(verdict=Verdict.REJECT, min_confidence=50)
    assert Query(label="Explicit", min_confidence=50).min_confidence == 50


def test_approved_videos_have_no_index_of_their_own() -> None:
    with pytest.raises(ApprovedNotIndexed):
        Query(verdict=Verdict.APPROVE)
    assert Query(verdict=Verdict.APPROVE, batch_id="b").batch_id == "b"
    assert Query(verdict=Verdict.APPROVE, label="Alcohol").label == "Alcohol"


async def test_cues_are_found_however_they_are_written_and_are_no_labels() -> None:
    deployment = MemoryWorker().deployment
    video = Video("videos", "a.mp4", "e1")
    found = job(video, analysis=Analysis.SEGMENTS, result_key="results/1.json")
    black = segment("BlackFrames", 98.5, 1_000, analysis=Analysis.SEGMENTS)
    await analysed(deployment, found, [black, segment("Shot", 90.0, analysis=Analysis.SEGMENTS)])
    for cue in ("BlackFrames", "black frames", "BLACK-FRAMES"):
        (finding,) = [each async for each in find(deployment, Query(cue=cue, min_confidence=98))]
        assert (finding.video, finding.label, finding.peak_ms) == (video.uri, "BlackFrames", 1_000)
    assert [each async for each in find(deployment, Query(label="BlackFrames"))] == []
    assert [each async for each in find(deployment, Query(cue="Slate"))] == []


def test_of_a_cue_that_there_is_not_those_are_named_that_there_are() -> None:
    with pytest.raises(UnknownCue) as refused:
        Query(cue="black")
    assert refused.value.known[:3] == ("BlackFrames", "ColorBars", "Content")
    assert "Shot" in refused.value.known


async def test_celebrities_are_found_with_their_ids() -> None:
    deployment = MemoryWorker().deployment
    video = Video("videos", "a.mp4", "e1")
    found = job(video, analysis=Analysis.CELEBRITIES, result_key="results/1.json")
    person = segment(
        "Ana Mar\u00eda", 98.5, 1_000, analysis=Analysis.CELEBRITIES, details={"id": "1SK7cR8M", "urls": []}
    )
    await analysed(deployment, found, [person])
    for sought in ("ana maria", "1SK7cR8M"):
        (finding,) = [each async for each in find(deployment, Query(celebrity=sought))]
        assert (finding.label, finding.celebrity_id, finding.verdict) == ("Ana Mar\u00eda", "1SK7cR8M", None)
    assert [each async for each in find(deployment, Query(label="Ana Mar\u00eda"))] == []
    assert [each async for each in find(deployment, Query(celebrity="maria"))] == []
