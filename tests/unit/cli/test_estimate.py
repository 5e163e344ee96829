from decimal import Decimal

from reelsift.cli.estimate import in_words, minutes_of
from reelsift.domain.analysis import Analysis

PRICES = {Analysis.CONTENT_MODERATION: Decimal("0.10"), Analysis.LABELS: Decimal("0.10")}


def test_nothing_is_estimated_without_sizes() -> None:
    words = dict(in_words(0, 0, 10, PRICES))
    assert words == {
        "size": "not known: the manifest does not tell it",
        "minutes": "not known before Rekognition has read the videos",
        "money": "0.20 USD a minute of video (content_moderation, labels)",
    }


def test_an_estimate_states_its_assumption() -> None:
    words = dict(in_words(60_000_000, 1, 1, PRICES))
    assert words["size"] == "60.0 MB"
    assert words["minutes"] == "1.00 to 4.00 if videos have 2 to 8 Mbit/s (an assumption)"
    assert words["money"].startswith("0.20 USD to 0.80 USD at that, ")


def test_an_estimate_says_how_many_lines_it_is_of() -> None:
    assert dict(in_words(1000, 2, 3, PRICES))["size"] == "1.0 kB in the 2 lines whose size is known"


def test_minutes_follow_from_size_and_bitrate() -> None:
    assert minutes_of(7_500_000, 1) == 1
