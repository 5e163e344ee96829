import dataclasses
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.alert import Alert, alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.message_text import MAX_SUBJECT, MAX_TEXT_BYTES
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict, alert_id

GORE = Peak(
    analysis=Analysis.CONTENT_MODERATION,
    label="Blood & Gore",
    parents=("Violence", "Graphic Violence"),
    max_confidence=99.96,
    peak_ms=61_250,
    threshold=95.0,
    ranges_ms=((60_000, 62_500), (3_600_000, 3_600_500)),
)


def make(*peaks: Peak, key: str = "uploads/a.mp4", attempt: int = 1, region: str | None = None) -> Alert:
    peaks, verdict = peaks or (GORE,), rejected(key, {Analysis.CONTENT_MODERATION: attempt})
    return alert(
        peaks,
        alert_id=alert_id(verdict.video.video_id, verdict.basis, peaks),
        verdict=verdict,
        deployment="reels",
        duration_ms=3_725_400,
        region=region,
    )


def rejected(key: str, attempts: Mapping[Analysis, int], missing: tuple[Analysis, ...] = ()) -> VideoVerdict:
    return VideoVerdict(Video("clips", key, "e"), Verdict.REJECT, missing, Basis(attempts, "policy"), (), judged_ms=1)


def test_the_text_says_what_a_person_needs() -> None:
    message = make()
    assert message.text == (
        "s3://clips/uploads/a.mp4\n"
        "\n"
        "Verdict:     reject\n"
        "Duration:    62:05.4\n"
        "Analyses:    content_moderation, attempt 1\n"
        "Deployment:  reels\n"
        "\n"
        "At or above the alert threshold:\n"
        "  Violence > Graphic Violence > Blood & Gore\n"
        "    99.9 % at 01:01.2 (threshold 95 %)\n"
        "    01:00.0-01:02.5, 60:00.0-60:00.5\n"
        "\n"
        "All segments:  reelsift show s3://clips/uploads/a.mp4\n"
        f"Alert:         {message.alert_id}\n"
    )


def test_namesakes_are_told_apart_by_their_ids() -> None:
    one, other = (
        dataclasses.replace(GORE, analysis=Analysis.CELEBRITIES, label="Ana", parents=(), known_as=known_as)
        for known_as in ("1SK7cR8M", "x\ny")
    )
    text = make(one, other).text
    assert "  Ana, Id 1SK7cR8M\n" in text
    assert "x\ny" not in text


def test_the_attributes_let_subscribers_filter() -> None:
    message = make()
    assert message.attributes == {
        "deployment": "reels",
        "bucket": "clips",
        "verdict": "reject",
        "category": ["Violence"],
        "max_confidence": 99.96,
        "alert_id": message.alert_id,
    }


def test_a_category_is_named_once() -> None:
    drinking = dataclasses.replace(GORE, label="Drinking", parents=("Alcohol",))
    assert make(GORE, drinking, GORE).attributes["category"] == ["Alcohol", "Violence"]


def test_the_same_labels_on_the_same_basis_have_the_same_alert_id() -> None:
    assert make().alert_id == make().alert_id
    assert make(dataclasses.replace(GORE, label="Corpses")).alert_id != make().alert_id
    assert make().alert_id != make(attempt=2).alert_id


def test_the_subject_names_verdict_label_and_file() -> None:
    assert make().subject == "reelsift reject: Blood & Gore 99.9 % in uploads/a.mp4"
    assert make(GORE, GORE).subject == "reelsift reject: Blood & Gore 99.9 % (+1) in uploads/a.mp4"


def test_a_long_key_keeps_its_end() -> None:
    subject = make(key="x" * 500 + "/holiday.mp4").subject
    assert len(subject) == MAX_SUBJECT
    assert subject.endswith("x/holiday.mp4")


def test_accents_are_dropped_and_other_scripts_escaped() -> None:
    assert make(key="señal-é.mp4").subject.endswith(" in senal-e.mp4")
    assert make(key="视.mp4").subject.endswith(r" in \u89c6.mp4")


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_subject_is_always_what_sns_takes(key: str, label: str) -> None:
    message = make(dataclasses.replace(GORE, label=label), key=key)
    assert message.subject.isascii()
    assert message.subject.isprintable()
    assert 0 < len(message.subject) <= MAX_SUBJECT
    assert message.text.encode()


def test_a_line_break_in_a_key_forges_no_line() -> None:
    lines = make(key="a.mp4\nVerdict: approve").text.splitlines()
    assert lines[0] == r"s3://clips/a.mp4\nVerdict: approve"


def test_the_text_is_bounded_and_says_what_it_left_out() -> None:
    many = [dataclasses.replace(GORE, label=f"{n} " + "l" * 400) for n in range(2000)]
    message = make(*many, key="k" * 1024)
    assert len(message.text.encode()) <= MAX_TEXT_BYTES
    assert " more\n\nAll segments:" in message.text
    assert message.text.endswith(f"{message.alert_id}\n")


def test_a_label_seen_too_often_lists_its_first_times() -> None:
    often = dataclasses.replace(GORE, ranges_ms=tuple((n * 1000, n * 1000 + 500) for n in range(5000)))
    assert "00:19.0-00:19.5, and 4980 more\n" in make(often).text


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_with_a_region_the_text_links_to_the_object(region: str, host: str) -> None:
    text = make(key="a b.mp4", region=region).text
    assert f"https://{host}/s3/object/clips?region={region}&prefix=a%20b.mp4\n" in text


def test_no_labels_make_no_alert() -> None:
    with pytest.raises(ValueError, match="make no alert"):
        alert([], alert_id="a", verdict=rejected("a.mp4", {}), deployment="reels")


def test_the_text_names_each_analysis_that_was_judged_and_what_is_missing() -> None:
    verdict = rejected("a.mp4", {Analysis.LABELS: 2}, (Analysis.CONTENT_MODERATION,))
    text = alert([GORE], alert_id="a", verdict=verdict, deployment="reels").text
    assert "Analyses:    labels, attempt 2; content_moderation is missing\n" in text
