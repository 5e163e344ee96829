"""Celebrities: who is kept, under which name, and when two rows are of one person."""

from collections.abc import Iterable
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.job import StartSettings
from reelsift.domain.labels import summarise
from support.jobs import make_job

SETTINGS = StartSettings("reelsift", "arn:aws:sns:eu-west-1:1:t", "arn:aws:iam::1:role/r")


def row(at_ms: int, name: str, known_as: str | None, confidence: float = 99, urls: Any = ()) -> dict[str, Any]:
    celebrity = {"Name": name, "Confidence": confidence, "Urls": list(urls), "KnownGender": {"Type": "Unlisted"}}
    return {"Timestamp": at_ms, "Celebrity": celebrity | ({} if known_as is None else {"Id": known_as})}


def answer(rows: Iterable[dict[str, Any]], kept_from: float | None = None) -> Answer:
    found = Answer(Analysis.CELEBRITIES, kept_from)
    found.add({"JobStatus": "SUCCEEDED", "Celebrities": list(rows)})
    return found


def test_somebody_is_shown_by_name_with_id_and_addresses() -> None:
    rows = [row(0, "Ada Mirren", "1ab", urls=["b.example", "a.example"]), row(500, "Ada Mirren", "1ab")]
    (segment,) = answer(rows).segments()
    assert (segment.label, segment.parents, segment.samples) == ("Ada Mirren", (), 2)
    assert segment.details == {"id": "1ab", "urls": ["a.example", "b.example"]}


def test_two_people_of_one_name_are_two_and_are_found_below_it() -> None:
    rows = [row(0, "Ada Mirren", "1ab"), row(500, "Ada Mirren", "2cd"), row(500, "Noor Hale", "3ef")]
    found = answer(rows).segments()
    assert [(one.label, one.parents, one.details["id"]) for one in found] == [
        ("Ada Mirren (1ab)", ("Ada Mirren",), "1ab"),
        ("Ada Mirren (2cd)", ("Ada Mirren",), "2cd"),
        ("Noor Hale", (), "3ef"),
    ]
    assert [summary.label for summary in summarise(found)] == ["Ada Mirren (1ab)", "Ada Mirren (2cd)", "Noor Hale"]


def test_two_names_under_one_id_are_two_people() -> None:
    assert {one.label for one in answer([row(0, "Ada", "1ab"), row(0, "Noor", "1ab")]).segments()} == {"Ada", "Noor"}


def test_somebody_without_an_id_is_kept_by_name() -> None:
    (segment,) = answer([row(0, "Ada", None)]).segments()
    assert segment.details == {"urls": []}


def test_an_id_that_is_part_of_a_name_breaks_nothing() -> None:
    (segment,) = answer([row(0, "Ada (1ab)", None), row(0, "Ada", "1ab")]).segments()
    assert (segment.label, segment.details["id"]) == ("Ada", "1ab")


def test_names_below_the_limit_are_not_kept_and_the_limit_itself_is() -> None:
    rows = [row(0, "Ada", "1", 89.9), row(0, "Noor", "2", 90)]
    assert [one.label for one in answer(rows).segments()] == ["Noor"]
    assert [one.label for one in answer(rows, kept_from=50).segments()] == ["Ada", "Noor"]
    assert answer(rows).detections == 1


def test_the_limit_is_that_of_the_attempt_whatever_the_settings_say_now() -> None:
    asked = StartSettings(
        SETTINGS.deployment, SETTINGS.topic_arn, SETTINGS.role_arn, {"celebrities_min_confidence": 97}
    )
    job = make_job(analysis=Analysis.CELEBRITIES, model_settings=asked.model_settings(Analysis.CELEBRITIES))
    assert Analysis.CELEBRITIES.spec.kept_from(job.asked.model_settings) == 97
    assert Analysis.CELEBRITIES.spec.start_members(asked.options) == {}
