"""The figures that are shown before anything is submitted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.batches.paid_videos import FEWEST_VIDEOS, PaidVideos
from reelsift.batches.submit.estimate import Estimate, Terms
from reelsift.batches.submit.look_ahead import LookAhead, Part
from reelsift.batches.submit.survey import Survey
from reelsift.cli.estimate_view import estimate_rows
from reelsift.domain.analysis import Analysis
from reelsift.domain.barrier import Barrier
from reelsift.domain.batch import Counts
from reelsift.domain.context import LEFT_OUT
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack
from reelsift.domain.video import MAX_VIDEO_BYTES, ObjectRef
from reelsift.manifests.manifest_row import BadRow, FilteredRow, GoodRow

PRICES = {Analysis.CONTENT_MODERATION: Decimal("0.10"), Analysis.LABELS: Decimal("0.10")}
TERMS = Terms(PRICES, quota=20)
NOTHING = LookAhead((Part(0), Part(0)))


def survey(sizes: Sequence[int | None], bucket: str = "videos") -> Survey:
    found = Survey(frozenset({"videos"}))
    refs = [ObjectRef(bucket, f"{number}.mp4", None, "etag", size) for number, size in enumerate(sizes)]
    found.add("list.csv", [GoodRow(number, ref) for number, ref in enumerate(refs, 1)])
    return found


def paid(*, size: int, billed_ms: int, slot_ms: int, videos: int = FEWEST_VIDEOS) -> PaidVideos:
    """What was measured, as of one analysis of each video."""
    return PaidVideos(Counts(billed=videos, billed_bytes=size, billed_ms=billed_ms, slot_ms=slot_ms))


def words(estimate: Estimate) -> dict[str, str]:
    return dict(estimate_rows(estimate))


def test_nothing_is_estimated_without_sizes() -> None:
    told = Estimate(survey([None] * 10), NOTHING, PaidVideos(), TERMS)
    assert words(told) == {
        "lines": "10",
        "size": "not known: the lists do not tell it",
        "minutes": "not known before Rekognition has read the videos",
        "money": "0.20 USD a minute of video (content_moderation 0.10 USD, labels 0.10 USD)",
        "time": "not known",
    }
    members = told.members()
    assert [members[name] for name in ("bytes", "minutes", "minutes_from", "money_usd", "seconds")] == [None] * 5


def test_lines_of_whose_context_not_all_is_kept_are_told() -> None:
    found = survey([None] * 2)
    assert "context" not in words(Estimate(found, NOTHING, PaidVideos(), TERMS))
    cut = GoodRow(3, ObjectRef("videos", "3.mp4"), context={"owner": "u-17", LEFT_OUT: "title"})
    found.add("list.csv", [cut, replace(cut, row=4, context={"owner": "u-17"})])
    told = words(Estimate(found, NOTHING, PaidVideos(), TERMS))["context"]
    assert told.startswith("of 1 not all is kept: texts, numbers, true and false, up to 2,048 bytes")


def test_without_a_measurement_an_estimate_states_its_assumption_and_knows_no_time() -> None:
    told = words(Estimate(survey([60_000_000]), NOTHING, PaidVideos(), TERMS))
    assert told["size"] == "60.0 MB"
    assert told["minutes"] == "1.00 to 4.00 if videos have 2 to 8 Mbit/s (an assumption)"
    assert told["money"].startswith("0.20 USD to 0.80 USD at that, ")
    assert told["time"] == "not known before something has been analysed here (20 slots)"


def test_what_was_measured_here_takes_the_place_of_the_assumption() -> None:
    # A megabit a second, and each of the two analyses of an hour of video held a slot for 15 minutes.
    measured = paid(size=450_000_000, billed_ms=3_600_000, slot_ms=900_000)
    estimate = Estimate(survey([7_500_000] * 600), NOTHING, measured, TERMS)
    assert words(estimate)["minutes"] == "600 at 1 Mbit/s, as 60.0 minutes analysed here have had"
    assert words(estimate)["money"].startswith("120.00 USD at that")
    assert words(estimate)["time"] == "15 min with 20 slots, if nothing else uses them"
    assert estimate.members()["seconds"] == [900, 900]
    assert estimate.members()["minutes_from"] == "measured"


def test_a_few_videos_are_no_measure() -> None:
    few = paid(size=450_000_000, billed_ms=3_600_000, slot_ms=900_000, videos=FEWEST_VIDEOS - 1)
    estimate = Estimate(survey([60_000_000]), NOTHING, few, TERMS)
    assert (estimate.members()["minutes_from"], estimate.seconds) == ("assumed", None)


def test_nothing_goes_faster_than_rekognition_takes_starts() -> None:
    measured = paid(size=1_000_000, billed_ms=1_000, slot_ms=1)
    estimate = Estimate(survey([1] * 500), NOTHING, measured, TERMS)
    assert estimate.seconds == (100, 100)


def test_duplicates_and_what_was_analysed_before_cost_nothing() -> None:
    found = survey([60_000_000] * 4)
    found.add("again.csv", [GoodRow(1, ObjectRef("videos", "0.mp4", None, "etag", 60_000_000))])
    ahead = LookAhead((Part(5, checked=5, done=1, size=300_000_000, done_size=60_000_000), Part(0)))
    told = Estimate(found, ahead, PaidVideos(), TERMS)
    assert (told.duplicates, told.already_analysed) == (1, 1)
    assert words(told)["duplicates"] == "1, which cost nothing more"
    assert words(told)["analysed before"] == "1, which cost nothing"
    # Of 300 MB a fifth is named twice, and of the rest a fifth was analysed.
    assert told.duration_ms is not None
    assert [round(it / 60_000, 3) for it in told.duration_ms] == [3.2, 12.8]
    again = Estimate(found, ahead, PaidVideos(), replace(TERMS, again=True))
    assert words(again)["analysed before"] == "1, which are paid again"
    assert again.duration_ms is not None
    assert [round(it / 60_000, 3) for it in again.duration_ms] == [4, 16]


def test_what_will_fail_or_be_skipped_is_told_and_not_paid() -> None:
    found = survey([60_000_000, 0, MAX_VIDEO_BYTES + 1])
    found.add("a", [GoodRow(1, ObjectRef("elsewhere", "a.mp4", size=9)), BadRow(2, "no key", "oops")])
    ref = ObjectRef("videos", "notes.txt", None, None, 0)
    found.add("b", [FilteredRow(1, ref, Lack.GLOB), GoodRow(2, replace(ref, size=60_000_000))])
    found.pass_over({Lack.SUFFIX: 3, Lack.SAMPLE: 1})
    found.add("c", [GoodRow(1, replace(ref, key="a.mp4", size=9, barrier=barrier)) for barrier in Barrier])
    told = Estimate(
        found, LookAhead((Part(2), Part(0)), unusable=Counter({Reason.OBJECT_MISSING: 1})), PaidVideos(), TERMS
    )
    rows = words(told)
    assert rows["lines"] == "12"
    assert rows["passed over"] == "4 (sample 1, suffix 3): no lines"
    assert rows["filtered"] == "1, which will end as SKIPPED"
    assert rows["bad lines"] == "1, which will end as FAILED"
    assert ("", "a:2: no key: oops") in estimate_rows(told)
    assert rows["not allowed"] == "elsewhere (1): not among the data buckets, so these lines will end as FAILED"
    assert rows["unsupported"] == (
        "1 empty, 1 over 10 GB, 4 archived, 1 encrypted with a customer's key (SSE-C),"
        " 1 not called like a video and tried all the same"
    )
    assert rows["unusable"] == "object_missing 1: these lines will end as FAILED"
    assert told.size == 120_000_000
    members = told.members()
    assert members["unsupported"] == {
        "empty": 1,
        "too_large": 1,
        "archived": 4,
        "customer_key": 1,
        "name": 1,
    }
    assert (members["bad"], members["filtered"], members["not_allowed"]) == (1, 1, 1)
    assert members["passed_over"] == {"sample": 1, "suffix": 3}


def test_where_the_lists_tell_no_size_that_of_the_objects_asked_for_stands_for_all() -> None:
    ahead = LookAhead((Part(0), Part(1_000, checked=500, size=500_000)), unsized_size=1_000, heads=500)
    told = Estimate(survey([None] * 1_000), ahead, PaidVideos(), TERMS)
    assert told.size == 1_000_000
    assert words(told)["size"] == "1.0 MB"
    assert told.remarks() == ["the lists do not tell all: 500 objects, evenly spread, were asked for"]


def test_an_estimate_says_how_many_lines_it_is_of_and_that_the_others_may_not_be_read() -> None:
    told = Estimate(survey([500, 500, None]), LookAhead((Part(2), Part(0)), heads=1, unknown=1), PaidVideos(), TERMS)
    assert words(told)["size"] == "1.0 kB in the 2 lines whose size is known"
    assert told.remarks() == ["1 object may not be read from here: nothing is known of them"]


def test_what_was_read_in_part_is_extrapolated_and_said_to_be() -> None:
    found = survey([1_000] * 10)
    found.scale = 40
    told = Estimate(found, NOTHING, PaidVideos(), TERMS)
    assert (told.lines, told.size) == (400, 400_000)
    assert words(told)["lines"] == "about 400"
    assert "read was 1 part in 40 of the inventory's data files, evenly spread" in told.remarks()


def test_it_says_how_much_of_the_estimate_the_most_that_may_be_spent_covers() -> None:
    def covered(micros: int) -> str:
        return words(Estimate(survey([60_000_000]), NOTHING, PaidVideos(), replace(TERMS, max_cost_micros=micros)))[
            "max cost"
        ]

    assert covered(400_000) == "0.40 USD: 50% of the most that may be"
    assert covered(800_000) == "0.80 USD: all of that"


SURVEYED: Any = st.lists(st.none() | st.integers(0, 10**12), max_size=30)


@given(SURVEYED, st.integers(1, 50))
def test_no_figure_is_ever_below_nothing_or_the_most_below_the_least(sizes: list[int | None], scale: int) -> None:
    found = survey([*sizes, *sizes])
    found.scale = scale
    told = Estimate(found, NOTHING, paid(size=10, billed_ms=10, slot_ms=10), TERMS)
    for pair in (told.duration_ms, told.dollars, told.seconds):
        assert pair is None or 0 <= pair[0] <= pair[1]
    assert 0 <= told.duplicates <= told.lines


def test_short_videos_are_estimated_at_the_least_that_they_are_billed_as() -> None:
    # 10 s and 2 minutes at 2 Mbit/s; 2.5 s and 30 s at 8.
    sizes = [2_500_000, 30_000_000]
    told = Estimate(survey(sizes), NOTHING, PaidVideos(), replace(TERMS, least_billed_ms=60_000))
    assert told.duration_ms is not None
    assert [round(it / 60_000, 3) for it in told.duration_ms] == [2, 3]
    unsized = LookAhead((Part(0), Part(2, 2)), unsized_size=2_500_000, heads=2)
    asked = Estimate(survey([None, None]), unsized, PaidVideos(), replace(TERMS, least_billed_ms=60_000))
    assert asked.duration_ms == (120_000, 120_000)


def test_what_the_policy_needs_beyond_what_is_asked_for_is_told_with_the_option_that_adds_it() -> None:
    terms = replace(TERMS, needs=frozenset({Analysis.CONTENT_MODERATION, Analysis.TEXT}))
    told = Estimate(survey([1]), NOTHING, PaidVideos(), terms)
    assert words(told)["verdicts"] == (
        "the policy needs text, too: no video is approved that has no answer of it"
        " (--analyses content_moderation,labels,text)"
    )
    assert told.members()["not_asked_for"] == ["text"]


def test_where_the_policy_needs_nothing_more_or_cannot_be_read_here_nothing_is_told_of_it() -> None:
    for needs in (frozenset({Analysis.CONTENT_MODERATION}), None):
        told = Estimate(survey([1]), NOTHING, PaidVideos(), replace(TERMS, needs=needs))
        assert "verdicts" not in words(told)
        assert told.members()["not_asked_for"] == []
