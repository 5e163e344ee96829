from reelsift.domain.analysis import Analysis
from reelsift.domain.labels import summarise
from reelsift.domain.segments import Segment


def segment(
    label: str, start_ms: int, end_ms: int, highest: float, *, analysis: Analysis = Analysis.CONTENT_MODERATION
) -> Segment:
    return Segment(
        analysis=analysis,
        label=label,
        parents=("Violence",),
        start_ms=start_ms,
        end_ms=end_ms,
        samples=2,
        max_confidence=highest,
        mean_confidence=highest - 1,
        peak_ms=start_ms + 10,
    )


def test_a_label_is_summarised_over_its_segments() -> None:
    segments = [segment("Weapons", 9000, 9500, 70), segment("Weapons", 0, 1500, 90)]
    (summary,) = summarise(segments)
    assert (summary.label, summary.path, summary.category) == ("Weapons", ("Violence", "Weapons"), "Violence")
    assert (summary.max_confidence, summary.peak_ms) == (90, 10)
    assert (summary.first_ms, summary.last_ms, summary.samples, summary.seen_ms) == (0, 9500, 4, 2000)
    assert summary.segments == (segments[1], segments[0])


def test_of_equal_peaks_the_earliest_counts() -> None:
    (summary,) = summarise([segment("Weapons", 9000, 9500, 90), segment("Weapons", 0, 1500, 90)])
    assert summary.peak_ms == 10


def test_the_same_label_of_two_analyses_is_two_summaries() -> None:
    segments = [
        segment("Weapons", 0, 500, 70),
        segment("Weapons", 0, 500, 70, analysis=Analysis.LABELS),
        segment("Smoking", 0, 500, 70),
    ]
    assert [(s.analysis, s.label) for s in summarise(segments)] == [
        (Analysis.CONTENT_MODERATION, "Smoking"),
        (Analysis.CONTENT_MODERATION, "Weapons"),
        (Analysis.LABELS, "Weapons"),
    ]


def test_nothing_seen_is_nothing_to_summarise() -> None:
    assert summarise([]) == []
