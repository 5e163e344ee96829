import math
from collections.abc import Iterable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.segments import GAP_STEPS, Sampling, Segment, join_samples, keep_stretches, step_ms

TIMES = st.integers(min_value=0, max_value=20_000)
CONFIDENCES = st.floats(min_value=0, max_value=100)
DETECTIONS = st.lists(st.tuples(TIMES, CONFIDENCES), min_size=1, max_size=60)
STRETCHES = st.lists(
    st.tuples(TIMES, st.integers(min_value=0, max_value=4_000), CONFIDENCES).map(lambda s: (s[0], s[0] + s[1], s[2])),
    min_size=1,
    max_size=40,
)
SAMPLINGS = st.builds(
    Sampling,
    step_ms=st.sampled_from([200.0, 483.5, 500.0]),
    max_gap_ms=st.sampled_from([0.0, 100.0, 300.0, 750.0, 5_000.0]),
    duration_ms=st.none() | st.integers(min_value=20_000, max_value=21_000),
)


def join(
    detections: Iterable[tuple[int, float]], *, step: float = 500, duration_ms: int | None = None
) -> list[Segment]:
    sampling = Sampling(step, GAP_STEPS * step, duration_ms)
    return list(join_samples(Analysis.CONTENT_MODERATION, "Drinking", ("Alcohol",), detections, sampling))


def spans(segments: Iterable[Segment]) -> list[tuple[int, int]]:
    return [(segment.start_ms, segment.end_ms) for segment in segments]


class TestStep:
    def test_is_the_median_of_the_gaps(self) -> None:
        assert step_ms([0, 480, 1000, 1480, 1560], 500) == 480

    def test_leaves_out_gaps_beyond_twice_the_nominal_step(self) -> None:
        assert step_ms([0, 520, 60_000, 120_000, 180_000], 500) == 520

    def test_counts_a_gap_of_exactly_twice_the_nominal_step(self) -> None:
        assert step_ms([0, 1000], 500) == 1000

    @pytest.mark.parametrize("times", [[], [4000], [4000, 4000], [0, 60_000]])
    def test_is_nominal_where_no_gap_tells(self, times: list[int]) -> None:
        assert step_ms(times, 500) == 500

    def test_counts_a_time_once_and_in_any_order(self) -> None:
        assert step_ms([400, 0, 400, 0, 200], 200) == 200


class TestJoiningSamples:
    def test_a_gap_of_one_and_a_half_steps_is_inside_a_segment(self) -> None:
        assert spans(join([(0, 80.0), (750, 80.0)])) == [(0, 1250)]

    def test_a_longer_gap_ends_a_segment(self) -> None:
        assert spans(join([(0, 80.0), (751, 80.0)])) == [(0, 500), (751, 1251)]

    def test_a_segment_ends_with_the_video(self) -> None:
        assert spans(join([(0, 80.0), (500, 80.0)], duration_ms=700)) == [(0, 700)]

    def test_a_sample_after_the_reported_end_makes_no_negative_segment(self) -> None:
        assert spans(join([(900, 80.0)], duration_ms=700)) == [(900, 900)]

    def test_half_a_millisecond_is_not_claimed(self) -> None:
        assert spans(join([(0, 80.0)], step=999.5)) == [(0, 999)]

    def test_of_equal_peaks_the_earliest_counts(self) -> None:
        (segment,) = join([(1000, 91.5), (0, 60.0), (500, 91.5)])
        assert (segment.max_confidence, segment.peak_ms) == (91.5, 500)

    def test_several_detections_at_one_time_are_one_sample_with_the_highest_confidence(self) -> None:
        (segment,) = join([(0, 70.0), (0, 90.0), (0, 80.0), (500, 70.0)])
        assert (segment.samples, segment.max_confidence, segment.mean_confidence) == (2, 90.0, 80.0)

    def test_no_detections_make_no_segment(self) -> None:
        assert join([]) == []

    def test_a_short_gap_allowance_cuts_a_segment_where_the_next_begins(self) -> None:
        sampling = Sampling(step_ms=500, max_gap_ms=0, duration_ms=None)
        segments = join_samples(Analysis.LABELS, "Tree", (), [(0, 50.0), (80, 50.0)], sampling)
        assert spans(segments) == [(0, 80), (80, 580)]

    @given(DETECTIONS, SAMPLINGS)
    def test_each_detection_lies_in_exactly_one_segment(
        self, detections: list[tuple[int, float]], sampling: Sampling
    ) -> None:
        segments = list(join_samples(Analysis.LABELS, "Tree", (), detections, sampling))
        for at_ms, _ in detections:
            holding = [s for s in segments if s.start_ms <= at_ms < s.end_ms or at_ms == s.start_ms]
            if at_ms == sampling.duration_ms and not holding:
                # No segment ends after the video: the last one holds a sample at its very end.
                holding = [s for s in segments[-1:] if s.end_ms == at_ms]
            assert len(holding) == 1
        assert sum(segment.samples for segment in segments) == len({at_ms for at_ms, _ in detections})

    @given(DETECTIONS, SAMPLINGS)
    def test_segments_of_a_label_follow_each_other_and_end_with_the_video(
        self, detections: list[tuple[int, float]], sampling: Sampling
    ) -> None:
        segments = list(join_samples(Analysis.LABELS, "Tree", (), detections, sampling))
        for before, after in pairwise(segments):
            assert before.start_ms < before.end_ms <= after.start_ms
        if sampling.duration_ms is not None:
            assert segments[-1].end_ms <= sampling.duration_ms

    @given(DETECTIONS, SAMPLINGS)
    def test_the_maximum_survives_unchanged(self, detections: list[tuple[int, float]], sampling: Sampling) -> None:
        segments = list(join_samples(Analysis.LABELS, "Tree", (), detections, sampling))
        highest = max(confidence for _, confidence in detections)
        assert max(segment.max_confidence for segment in segments) == highest
        for segment in segments:
            assert (segment.peak_ms, segment.max_confidence) in detections
            assert segment.start_ms <= segment.peak_ms <= segment.end_ms
            assert segment.mean_confidence <= segment.max_confidence

    @given(DETECTIONS, SAMPLINGS, st.randoms(use_true_random=False))
    def test_order_and_repetition_change_nothing(
        self, detections: list[tuple[int, float]], sampling: Sampling, random: Random
    ) -> None:
        shuffled = detections + detections[: len(detections) // 2]
        random.shuffle(shuffled)
        assert list(join_samples(Analysis.LABELS, "Tree", (), shuffled, sampling)) == list(
            join_samples(Analysis.LABELS, "Tree", (), detections, sampling)
        )

    @given(st.floats(min_value=0, max_value=100), st.integers(min_value=1, max_value=50))
    def test_the_mean_of_equal_confidences_is_that_confidence(self, confidence: float, count: int) -> None:
        (segment,) = join([(n * 500, confidence) for n in range(count)])
        assert math.isclose(segment.mean_confidence, confidence, abs_tol=1e-12)
        assert segment.mean_confidence <= confidence


class TestKeepingStretches:
    def keep(self, *stretches: tuple[int, int, float], duration_ms: int | None = None) -> list[Segment]:
        sampling = Sampling(500, 750, duration_ms)
        return list(keep_stretches(Analysis.CONTENT_MODERATION, "Drinking", (), stretches, sampling))

    def test_a_stretch_stays_as_aws_says(self) -> None:
        (segment,) = self.keep((1000, 29_520, 0.25))
        assert (segment.start_ms, segment.end_ms, segment.samples, segment.peak_ms) == (1000, 29_520, 1, 1000)
        assert (segment.max_confidence, segment.mean_confidence) == (0.25, 0.25)

    def test_stretches_that_touch_stay_apart(self) -> None:
        assert spans(self.keep((500, 900, 60.0), (0, 500, 50.0))) == [(0, 500), (500, 900)]

    def test_stretches_that_overlap_become_one(self) -> None:
        (segment,) = self.keep((0, 800, 50.0), (500, 900, 70.0))
        assert (segment.start_ms, segment.end_ms, segment.samples) == (0, 900, 2)
        assert (segment.max_confidence, segment.mean_confidence, segment.peak_ms) == (70.0, 60.0, 500)

    def test_a_stretch_given_twice_is_one(self) -> None:
        assert len(self.keep((0, 500, 50.0), (0, 500, 50.0))) == 1

    def test_a_stretch_without_length_is_kept(self) -> None:
        assert spans(self.keep((700, 700, 99.0))) == [(700, 700)]

    @given(STRETCHES, st.randoms(use_true_random=False))
    def test_no_overlap_and_no_lost_peak_in_any_order(
        self, stretches: list[tuple[int, int, float]], random: Random
    ) -> None:
        segments = self.keep(*stretches)
        for before, after in pairwise(segments):
            assert before.end_ms <= after.start_ms
        assert max(s.max_confidence for s in segments) == max(confidence for _, _, confidence in stretches)
        shuffled = list(stretches)
        random.shuffle(shuffled)
        assert self.keep(*shuffled) == segments
