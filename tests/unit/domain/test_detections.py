from typing import Any

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.detections import Detection, MalformedAnswerError


def moderation_row(at_ms: Any = 0, **label: Any) -> dict[str, Any]:
    members = {"Name": "Weapons", "ParentName": "Violence", "Confidence": 75.5} | label
    return {"Timestamp": at_ms, "ModerationLabel": members}


def moderation(*rows: Any) -> list[Detection]:
    return Analysis.CONTENT_MODERATION.spec.parse({"ModerationLabels": list(rows)})


def label_row(name: Any, *parents: str, at_ms: int = 0) -> dict[str, Any]:
    label = {"Name": name, "Confidence": 88, "Parents": [{"Name": parent} for parent in parents]}
    return {"Timestamp": at_ms, "Label": label}


def test_a_moderation_row_brings_its_whole_path() -> None:
    row = moderation_row(520, Name="Self-Harm", ParentName="Graphic Violence", TaxonomyLevel=3)
    assert moderation(row) == [Detection(520, "Self-Harm", ("Violence", "Graphic Violence"), 75.5, mark=())]


def test_an_empty_parent_name_is_the_top_level() -> None:
    assert moderation(moderation_row(Name="Violence", ParentName=""))[0].parents == ()


def test_a_missing_parent_name_is_looked_up() -> None:
    row = moderation_row(Name="Middle Finger")
    del row["ModerationLabel"]["ParentName"]
    assert moderation(row)[0].parents == ("Rude Gestures",)


def test_an_unknown_label_keeps_the_parent_its_row_names() -> None:
    assert moderation(moderation_row(Name="Levitation", ParentName="Magic"))[0].parents == ("Magic",)


def test_a_row_aggregated_by_segments_is_a_stretch() -> None:
    row = moderation_row(1000) | {"StartTimestampMillis": 1000, "EndTimestampMillis": 4500, "DurationMillis": 3500}
    assert (moderation(row)[0].at_ms, moderation(row)[0].end_ms) == (1000, 4500)


def test_a_label_row_keeps_its_parents_in_recorded_order() -> None:
    page = {"Labels": [label_row("Heron", "Wildlife", "Bird", "Animal", at_ms=200)]}
    assert Analysis.LABELS.spec.parse(page) == [Detection(200, "Heron", ("Wildlife", "Bird", "Animal"), 88.0, mark=0)]


def test_a_label_row_may_lack_parents() -> None:
    row = label_row("Heron")
    del row["Label"]["Parents"]
    assert Analysis.LABELS.spec.parse({"Labels": [row]})[0].parents == ()


def test_unknown_members_are_ignored() -> None:
    row = moderation_row(Aura="blue") | {"ContentTypes": [{"Name": "Animated"}], "Mood": 7}
    assert len(moderation(row)) == 1


@pytest.mark.parametrize(
    ("row", "member"),
    [
        ("a string", "ModerationLabels[1]"),
        ({"Timestamp": 0}, "ModerationLabels[1].ModerationLabel"),
        (moderation_row(Name=None), "ModerationLabels[1].ModerationLabel.Name"),
        (moderation_row(Name=""), "ModerationLabels[1].ModerationLabel.Name"),
        (moderation_row(ParentName=7), "ModerationLabels[1].ModerationLabel.ParentName"),
        (moderation_row(Confidence=None), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Confidence="99"), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Confidence=True), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Confidence=float("nan")), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Confidence=100.5), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Confidence=-1), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Confidence=10**400), "ModerationLabels[1].ModerationLabel.Confidence"),
        (moderation_row(Name="\ud800"), "ModerationLabels[1].ModerationLabel.Name"),
        (moderation_row(None), "ModerationLabels[1].Timestamp"),
        (moderation_row(-1), "ModerationLabels[1].Timestamp"),
        (moderation_row(1.5), "ModerationLabels[1].Timestamp"),
        (moderation_row(2**63), "ModerationLabels[1].Timestamp"),
        (moderation_row(9) | {"EndTimestampMillis": 8}, "ModerationLabels[1].EndTimestampMillis"),
    ],
)
def test_a_malformed_row_is_named_by_page_row_and_member(row: Any, member: str) -> None:
    page = {"ModerationLabels": [moderation_row(), row]}
    with pytest.raises(MalformedAnswerError) as raised:
        Analysis.CONTENT_MODERATION.spec.parse(page, page_number=3)
    assert (raised.value.page, raised.value.row, raised.value.member) == (3, 1, member)
    assert str(raised.value).startswith(f"page 3, row 1, {member}: must ")


@pytest.mark.parametrize("parents", ["Animal", [{"Nom": "Animal"}], ["Animal"]])
def test_malformed_parents_are_refused(parents: Any) -> None:
    row = label_row("Heron")
    row["Label"]["Parents"] = parents
    with pytest.raises(MalformedAnswerError, match=r"Labels\[0\]\.Label\.Parents"):
        Analysis.LABELS.spec.parse({"Labels": [row]})


@pytest.mark.parametrize("page", [{}, {"ModerationLabels": None}, {"ModerationLabels": {}}, {"Labels": []}])
def test_a_page_without_its_list_is_not_taken_for_a_clean_video(page: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswerError, match="page 1, ModerationLabels: must be a list"):
        Analysis.CONTENT_MODERATION.spec.parse(page)
