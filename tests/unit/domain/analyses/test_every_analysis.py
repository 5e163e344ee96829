"""What holds for every analysis there is: another one is tested by being in the registry."""

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fuzz.answer_laws import check_answer
from reelsift.domain.analyses.options import MIN_CONFIDENCE, Option
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.job import Attempt, JobKey, StartSettings, job_tag, parse_job_tag, start_input
from reelsift.domain.line import Line
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.video import Video
from reelsift.manifests.messages import parse_message
from reelsift.manifests.parsed import Lines
from reelsift.settings import OPTIONS, Settings
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.operations import ANALYSES
from support.made_answers import rows_of

SETTINGS = StartSettings("reelsift", "arn:aws:sns:eu-west-1:123456789012:t", "arn:aws:iam::123456789012:role/r")
VIDEO = Video("reelsift-videos-test", "clips/beach.mp4", "e1")

every_analysis = pytest.mark.parametrize("analysis", list(Analysis))
every_pair = pytest.mark.parametrize("member", ["start", "get", "rows"])


@cache
def model(operation: str) -> Any:
    return Session().get_service_model("rekognition").operation_model(operation)


def page(analysis: Analysis, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"JobStatus": "SUCCEEDED", analysis.spec.rows: rows}


def answer_of(analysis: Analysis, *pages: list[dict[str, Any]]) -> Answer:
    return Answer.of(analysis, [page(analysis, rows) for rows in pages])


@every_analysis
def test_start_is_sent_what_the_operation_takes(analysis: Analysis) -> None:
    sent = start_input(VIDEO, Attempt(JobKey(VIDEO.video_id, analysis), 1), SETTINGS)
    shape = model(analysis.spec.start).input_shape
    assert sent.keys() <= shape.members.keys()
    assert not ParamValidator().validate(sent, shape).has_errors()


@every_analysis
def test_get_is_asked_and_read_by_members_that_it_has(analysis: Analysis) -> None:
    get = model(analysis.spec.get)
    assert not ParamValidator().validate({"JobId": "j", **analysis.spec.get_options}, get.input_shape).has_errors()
    assert {"JobId", *analysis.spec.get_options} <= get.input_shape.members.keys()
    assert {analysis.spec.rows, analysis.spec.version or "JobId"} <= get.output_shape.members.keys()


@every_pair
def test_no_two_analyses_are_taken_for_one_another(member: str) -> None:
    found = Counter(getattr(analysis.spec, member) for analysis in Analysis)
    assert set(found.values()) == {1}


@every_analysis
def test_an_answer_is_recognised(analysis: Analysis) -> None:
    assert Answer.recognise(page(analysis, [])) is analysis


@every_analysis
def test_a_name_fits_settings_and_tags_and_is_nobody_elses(analysis: Analysis) -> None:
    assert re.fullmatch("[a-z][a-z_]*", analysis)
    attempt = Attempt(JobKey(VIDEO.video_id, analysis), 1)
    assert parse_job_tag("reelsift", job_tag("reelsift", attempt)) == attempt
    assert [Analysis(name) for name in analysis.spec.aliases] == [analysis] * len(analysis.spec.aliases)
    assert not {*analysis.spec.aliases} & {*Analysis}


@every_analysis
def test_a_line_may_use_any_of_its_names(analysis: Analysis) -> None:
    names = [analysis, *analysis.spec.aliases]
    body = json.dumps({"bucket": VIDEO.bucket, "key": VIDEO.key, "analyses": names})
    asked = parse_message(body, message_id="m", sent_ms=1)
    assert isinstance(asked, Lines)
    assert [line.analyses for line in asked.lines if isinstance(line, Line)] == [(analysis,)]


@every_analysis
def test_only_what_start_is_sent_makes_earlier_results_useless(analysis: Analysis) -> None:
    other = replace(SETTINGS, options={"min_confidence": 80.0})
    differ = MIN_CONFIDENCE in analysis.spec.options
    assert (SETTINGS.model_settings(analysis) != other.model_settings(analysis)) is differ


def test_what_is_personal_data_is_off_unless_asked_for() -> None:
    assert {one for one in Analysis if one.spec.personal} == {Analysis.TEXT, Analysis.CELEBRITIES, Analysis.FACES}
    assert not any(one.spec.personal for one in Settings.model_fields["analyses"].default)


@every_analysis
def test_another_option_is_another_answer_in_this_analysis_and_in_no_other(analysis: Analysis) -> None:
    for option in analysis.spec.options:
        asked = replace(SETTINGS, options={option.name: another(option)})
        for one in Analysis:
            differ = SETTINGS.model_settings(one) != asked.model_settings(one)
            assert differ is (option in one.spec.options), (option.name, one)


def another(option: Option) -> Any:
    """A value that the option takes, and that is not its default."""
    schema = TypeAdapter(option.kind).json_schema()
    schema = schema.get("anyOf", [schema])[0]
    if schema["type"] == "number":
        return schema["maximum"] if option.default != schema["maximum"] else schema["minimum"]
    return option.default[:1] if len(option.default) > 1 else ("other",)


@every_analysis
def test_an_option_has_the_bounds_of_the_member_it_makes(analysis: Analysis) -> None:
    for option in analysis.spec.options:
        TypeAdapter(option.kind).validate_python(option.default)
        if option.member is None:
            continue
        shape = model(analysis.spec.start).input_shape
        for member in option.member.split("."):
            shape = shape.members[member]
        schema = TypeAdapter(option.kind).json_schema()
        schema = schema.get("anyOf", [schema])[0]
        names = ("minItems", "maxItems") if schema["type"] == "array" else ("minimum", "maximum")
        takes = (schema.get(names[0]) or 0, schema.get(names[1]))
        assert takes == (shape.metadata.get("min") or 0, shape.metadata.get("max")), option.name
        enum = getattr(getattr(shape, "member", None), "enum", None) or None
        assert schema.get("items", {}).get("enum") == (sorted(enum) if enum else None), option.name


def test_an_option_is_a_setting_of_its_own() -> None:
    for analysis in Analysis:
        for option in analysis.spec.options:
            shared = sum(option in one.spec.options for one in Analysis) > 1
            assert shared or option.name.startswith(f"{analysis}_"), option.name
            assert OPTIONS[option.name] is option
            assert Settings.model_fields[option.name].description == option.description


@every_analysis
@given(data=st.data())
def test_each_detection_is_in_one_segment_and_peaks_survive(analysis: Analysis, data: st.DataObject) -> None:
    rows = data.draw(rows_of(analysis))
    answer = answer_of(analysis, rows)
    names, segments = answer.names(), answer.segments()
    detections = [one for one in analysis.spec.parse(page(analysis, rows)) if one.confidence >= answer.kept_from]
    assert {name.label for name in names.values()} == {segment.label for segment in segments}
    for key, (label, _) in names.items():
        seen = [detection for detection in detections if detection.key == key]
        made = [segment for segment in segments if segment.label == label]
        assert max(segment.max_confidence for segment in made) == max(detection.confidence for detection in seen)
        if all(detection.end_ms is None for detection in seen):
            assert sum(segment.samples for segment in made) == len({detection.at_ms for detection in seen})
            assert all(any(s.start_ms <= one.at_ms <= s.end_ms for s in made) for one in seen)


@every_analysis
@given(data=st.data())
def test_order_paging_and_repetition_change_nothing(analysis: Analysis, data: st.DataObject) -> None:
    rows = data.draw(rows_of(analysis))
    cut = data.draw(st.integers(0, len(rows)))
    shuffled = data.draw(st.permutations(rows + rows[:cut]))
    plain = answer_of(analysis, rows).segments()
    assert answer_of(analysis, shuffled[:cut], shuffled[cut:]).segments() == plain


@every_analysis
@given(data=st.data())
def test_the_laws_of_answers_hold(analysis: Analysis, data: st.DataObject) -> None:
    check_answer(analysis, [page(analysis, data.draw(rows_of(analysis))) for _ in range(2)])


@every_analysis
def test_an_answer_without_anything_is_a_clean_video(analysis: Analysis) -> None:
    segments = answer_of(analysis, []).segments()
    assert segments == []
    assert Policy.built_in().judge(segments, frozenset(Analysis)).verdict is Verdict.APPROVE


@every_analysis
def test_the_embedded_cloud_has_the_operation_and_its_detections_are_read(analysis: Analysis) -> None:
    (played,) = [one for one in ANALYSES if one.name == analysis]
    assert (played.start, played.get, played.rows) == (analysis.spec.start, analysis.spec.get, analysis.spec.rows)
    answers = [played.simulate(Footage(f"video {number}", 20_000)) for number in range(50)]
    assert any(analysis.spec.parse(page(analysis, rows)) for rows in answers)
    for rows in answers:
        check_answer(analysis, [page(analysis, rows)])
