"""What each operation asks and answers in its own way."""

import hashlib
import http.client
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, client_at
from rekognition_cloud.clips import clip
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.operations import ANALYSES
from rekognition_cloud.rekognition.people import people

Answer = dict[str, Any]
Analyse = Callable[..., Answer]

_METADATA = {"Codec": "h264", "DurationMillis": 15015, "FrameRate": 29.97002983, "FrameHeight": 480, "FrameWidth": 854}
_BOX = {"Width": 0.2, "Height": 0.1, "Left": 0.1, "Top": 0.1}
_ATTRIBUTES = {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}

_CALLS = {
    "text": ("start_text_detection", "get_text_detection", "TextDetections"),
    "celebrities": ("start_celebrity_recognition", "get_celebrity_recognition", "Celebrities"),
    "faces": ("start_face_detection", "get_face_detection", "Faces"),
    "segments": ("start_segment_detection", "get_segment_detection", "Segments"),
}
BOTH = ["TECHNICAL_CUE", "SHOT"]


@pytest.fixture
def analyse(aws: Aws) -> Analyse:
    """Starts an operation on a new video, ends the job and returns its answer. `recorded` lies beside the video."""

    def run(
        name: str, *, recorded: Any = None, seconds: float = 2, key: str | None = None, get: Any = None, **start: Any
    ) -> Answer:
        started, got, _ = _CALLS[name]
        video = aws.video(seconds, key=key)
        place = video["S3Object"]
        if recorded is not None:
            beside = f"{place['Name']}.{name}.json"
            aws.client("s3").put_object(Bucket=place["Bucket"], Key=beside, Body=json.dumps(recorded))
        rekognition = aws.client("rekognition")
        job_id = getattr(rekognition, started)(Video=video, **start)["JobId"]
        aws.cloud.finish_jobs()
        answer: Answer = getattr(rekognition, got)(JobId=job_id, **(get or {}))
        return answer

    return run


def text(at_ms: int, found: str, confidence: float, *, box: Any = None, **more: Any) -> Answer:
    detection = {"DetectedText": found, "Type": "LINE", "Id": 0, "Confidence": confidence, **more}
    return {"Timestamp": at_ms, "TextDetection": detection | {"Geometry": {"BoundingBox": box or _BOX}}}


def celebrity(at_ms: int, name: str, identifier: str, confidence: float = 90.0) -> Answer:
    known = {"Name": name, "Id": identifier, "Urls": [], "Confidence": confidence, "Face": {"Confidence": 99.0}}
    return {"Timestamp": at_ms, "Celebrity": known}


def cue(start: int, end: int, kind: str, confidence: float = 90.0) -> Answer:
    return _segment(start, end, "TECHNICAL_CUE") | {"TechnicalCueSegment": {"Type": kind, "Confidence": confidence}}


def shot(start: int, end: int, index: int, confidence: float = 90.0) -> Answer:
    return _segment(start, end, "SHOT") | {"ShotSegment": {"Index": index, "Confidence": confidence}}


def _segment(start: int, end: int, kind: str) -> Answer:
    return {"Type": kind, "StartTimestampMillis": start, "EndTimestampMillis": end, "DurationMillis": end - start}


def succeeded(name: str, *rows: Answer, **more: Any) -> Answer:
    return {"JobStatus": "SUCCEEDED", _CALLS[name][2]: list(rows), "VideoMetadata": _METADATA, **more}


def texts(answer: Answer) -> list[str]:
    return [row["TextDetection"]["DetectedText"] for row in answer["TextDetections"]]


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as failed:
        call(**arguments)
    error = failed.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_every_operation_is_found_started_and_billed(aws: Aws, analysis: Any) -> None:
    rekognition = client_at(aws.cloud.url, "rekognition", parameter_validation=False)
    needed = {"SegmentTypes": BOTH} if analysis.name == "segments" else {}
    request = {"Video": aws.video(), "JobTag": "tag", **needed}
    job_id = rekognition._make_api_call(analysis.start, request)["JobId"]
    open_ = rekognition._make_api_call(analysis.get, {"JobId": job_id})
    aws.cloud.finish_jobs()
    answer = rekognition._make_api_call(analysis.get, {"JobId": job_id})
    assert (open_["JobStatus"], open_[analysis.rows], "VideoMetadata" in open_) == ("IN_PROGRESS", [], False)
    assert (answer["JobStatus"], answer["JobId"], answer["JobTag"]) == ("SUCCEEDED", job_id, "tag")
    (job,) = aws.cloud.jobs()
    assert (job["operation"], job["billed_ms"]) == (analysis.start, 2000)


def test_all_operations_share_the_quota(aws: Aws) -> None:
    aws.cloud.knobs(quota=3)
    rekognition, video = aws.client("rekognition"), aws.video()
    rekognition.start_text_detection(Video=video)
    rekognition.start_face_detection(Video=video)
    rekognition.start_segment_detection(Video=video, SegmentTypes=BOTH)
    code, message = refused(rekognition.start_celebrity_recognition, Video=video)
    assert code == "LimitExceededException"
    assert "Maximum limit: 3" in message


def test_words_below_80_are_left_out_unless_asked_for(analyse: Analyse) -> None:
    recorded = succeeded("text", text(0, "sure", 95.0), text(0, "unsure", 79.5))
    assert texts(analyse("text", recorded=recorded)) == ["sure"]
    filters = {"WordFilter": {"MinConfidence": 60.0}}
    assert texts(analyse("text", recorded=recorded, Filters=filters)) == ["sure", "unsure"]


def test_words_are_filtered_by_size_and_by_place(analyse: Analyse) -> None:
    low = _BOX | {"Top": 0.8}
    recorded = succeeded(
        "text", text(0, "high", 95.0), text(0, "low", 95.0, box=low), text(0, "small", 95.0, box=_BOX | {"Width": 0.05})
    )
    wide = {"WordFilter": {"MinBoundingBoxWidth": 0.1, "MinBoundingBoxHeight": 0.05}}
    assert texts(analyse("text", recorded=recorded, Filters=wide)) == ["high", "low"]
    lower_third = {"BoundingBox": {"Left": 0.0, "Top": 0.66, "Width": 1.0, "Height": 0.34}}
    assert texts(analyse("text", recorded=recorded, Filters={"RegionsOfInterest": [lower_third]})) == ["low"]


def test_text_of_one_time_stays_in_recorded_order(analyse: Analyse) -> None:
    rows = [text(500, "z", 95.0), text(500, "a", 95.0, Type="WORD", Id=1, ParentId=0), text(0, "m", 95.0)]
    answer = analyse("text", recorded=succeeded("text", *rows, TextModelVersion="3.1"))
    assert texts(answer) == ["m", "z", "a"]
    assert ["ParentId" in row["TextDetection"] for row in answer["TextDetections"]] == [False, False, True]
    assert answer["TextModelVersion"] == "3.1"


@pytest.mark.parametrize(
    ("regions", "code"),
    [
        ([{"BoundingBox": _BOX}] * 11, "ValidationException"),
        ([{}], "InvalidParameterException"),
        ([{"Polygon": [{"X": 0.1, "Y": 0.1}, {"X": 0.2, "Y": 0.2}]}], "InvalidParameterException"),
    ],
)
def test_regions_are_ten_at_most_and_have_an_area(aws: Aws, regions: Any, code: str) -> None:
    filters = {"RegionsOfInterest": regions}
    assert refused(aws.client("rekognition").start_text_detection, Video=aws.video(), Filters=filters)[0] == code


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("StartTextDetection", {"Video": {}, "MinConfidence": 50}),
        ("StartCelebrityRecognition", {"Video": {}, "MinConfidence": 50}),
        ("GetTextDetection", {"JobId": "x", "SortBy": "TIMESTAMP"}),
        ("GetFaceDetection", {"JobId": "x", "SortBy": "TIMESTAMP"}),
        ("GetSegmentDetection", {"JobId": "x", "SortBy": "TIMESTAMP"}),
    ],
)
def test_a_member_that_an_operation_has_not_is_refused(aws: Aws, operation: str, request_: Answer) -> None:
    """botocore itself cannot send one."""
    headers = {
        "X-Amz-Target": f"RekognitionService.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20300101/us-east-1/rekognition/aws4_request",
    }
    connection = http.client.HTTPConnection(aws.cloud.url.removeprefix("http://"))
    connection.request("POST", "/", json.dumps(request_), headers)
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["__type"]) == (400, "InvalidParameterException")
    connection.close()


def test_celebrities_come_by_time_or_by_their_ids(analyse: Analyse) -> None:
    rows = [celebrity(0, "Ann", "9z"), celebrity(500, "Zoe", "1a", 80.0), celebrity(1000, "Ann", "9z", 95.0)]
    recorded = succeeded("celebrities", *rows)

    def seen(**get: Any) -> list[int]:
        return [row["Timestamp"] for row in analyse("celebrities", recorded=recorded, get=get)["Celebrities"]]

    assert seen() == seen(SortBy="TIMESTAMP") == [0, 500, 1000]
    assert seen(SortBy="ID") == [500, 1000, 0]


def test_celebrities_can_be_sorted_by_nothing_else(aws: Aws) -> None:
    code, message = refused(aws.client("rekognition").get_celebrity_recognition, JobId="x", SortBy="NAME")
    assert (code, "[ID, TIMESTAMP]" in message) == ("ValidationException", True)


def shows_people(key: str, seconds: int) -> bool:
    etag = hashlib.md5(clip(seconds), usedforsecurity=False).hexdigest()
    return bool(people(Footage(f"{etag}/{key}", seconds * 1000, 5.0)))


def test_only_default_attributes_of_faces_are_given_unless_all_are_asked_for(analyse: Analyse) -> None:
    key = next(key for key in (f"{number}.mp4" for number in range(100)) if shows_people(key, 4))
    few, all_ = (analyse("faces", seconds=4, key=key, **asked) for asked in ({}, {"FaceAttributes": "ALL"}))
    assert {name for row in few["Faces"] for name in row["Face"]} == _ATTRIBUTES
    assert {"AgeRange", "Emotions", "Gender", *_ATTRIBUTES} <= {name for row in all_["Faces"] for name in row["Face"]}
    assert [row["Timestamp"] for row in few["Faces"]] == [row["Timestamp"] for row in all_["Faces"]]


def test_a_recording_with_all_attributes_gives_no_more_than_was_asked_for(analyse: Analyse) -> None:
    face = {"Confidence": 99.0, "BoundingBox": _BOX, "AgeRange": {"Low": 20, "High": 30}}
    recorded = succeeded("faces", {"Timestamp": 0, "Face": face})
    assert analyse("faces", recorded=recorded)["Faces"][0]["Face"].keys() == {"Confidence", "BoundingBox"}
    assert analyse("faces", recorded=recorded, FaceAttributes="ALL")["Faces"][0]["Face"] == face


@pytest.mark.parametrize("name", ["text", "celebrities", "faces"])
def test_a_success_may_be_empty(analyse: Analyse, name: str) -> None:
    answer = analyse(name, recorded=succeeded(name))
    assert (answer["JobStatus"], answer[_CALLS[name][2]]) == ("SUCCEEDED", [])


def test_segments_cannot_be_asked_for_without_types_or_with_a_wrong_one(aws: Aws) -> None:
    unchecked = client_at(aws.cloud.url, "rekognition", parameter_validation=False)
    start, video = unchecked.start_segment_detection, aws.video()
    assert "'segmentTypes' failed to satisfy constraint: Member must not be null" in refused(start, Video=video)[1]
    assert "length greater than or equal to 1" in refused(start, Video=video, SegmentTypes=[])[1]
    code, message = refused(start, Video=video, SegmentTypes=["TECHNICAL_CUES"])
    assert (code, "enum value set: [TECHNICAL_CUE, SHOT]" in message) == ("ValidationException", True)
    filters = {"ShotFilter": {"MinSegmentConfidence": 49.0}}
    assert "greater than or equal to 50" in refused(start, Video=video, SegmentTypes=BOTH, Filters=filters)[1]


RECORDED = succeeded(
    "segments",
    shot(10010, 14981, 1),
    cue(0, 9976, "BlackFrames"),
    shot(0, 9976, 0, 70.0),
    cue(9976, 14981, "Content", 60.0),
) | {
    "VideoMetadata": [_METADATA],
    "AudioMetadata": [{"Codec": "aac", "DurationMillis": 15007, "SampleRate": 48000, "NumberOfChannels": 1}],
    "SelectedSegmentTypes": [{"Type": "SHOT", "ModelVersion": "2.0"}, {"Type": "TECHNICAL_CUE", "ModelVersion": "2.1"}],
}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (BOTH, ["BlackFrames", "Content", 0, 1]),
        (BOTH[::-1], [0, 1, "BlackFrames", "Content"]),
        (["SHOT"], [0, 1]),
    ],
)
def test_segments_come_in_the_order_of_the_types_asked_for_then_by_time(
    analyse: Analyse, types: list[str], expected: list[str | int]
) -> None:
    answer = analyse("segments", recorded=RECORDED, SegmentTypes=types)
    assert [
        row["TechnicalCueSegment"]["Type"] if "TechnicalCueSegment" in row else row["ShotSegment"]["Index"]
        for row in answer["Segments"]
    ] == expected
    assert [one["Type"] for one in answer["SelectedSegmentTypes"]] == sorted(types)


def test_a_segment_detection_has_arrays_and_a_model_version_a_type(analyse: Analyse) -> None:
    answer = analyse("segments", recorded=RECORDED, SegmentTypes=BOTH)
    for member in ("VideoMetadata", "AudioMetadata", "SelectedSegmentTypes"):
        assert answer[member] == RECORDED[member]


def test_segments_are_filtered_by_confidence_each_type_by_its_own(analyse: Analyse) -> None:
    filters = {"ShotFilter": {"MinSegmentConfidence": 80}, "TechnicalCueFilter": {"MinSegmentConfidence": 50}}
    answer = analyse("segments", recorded=RECORDED, SegmentTypes=BOTH, Filters=filters)
    assert Counter(row["Type"] for row in answer["Segments"]) == {"TECHNICAL_CUE": 2, "SHOT": 1}


def test_a_video_without_a_recording_has_simulated_segments_that_say_so(analyse: Analyse) -> None:
    answer = analyse("segments", SegmentTypes=BOTH)
    assert {one["ModelVersion"] for one in answer["SelectedSegmentTypes"]} == {"2.0-simulated"}
    assert answer["AudioMetadata"] == []
    (video,) = answer["VideoMetadata"]
    (content, *_) = answer["Segments"]
    assert (content["EndFrameNumber"], video["FrameRate"]) == (9, 5.0)


def test_a_recorded_segment_that_is_neither_cue_nor_shot_fails_the_job(analyse: Analyse) -> None:
    both = cue(0, 1, "Content") | shot(0, 1, 0)
    for row in (both, _segment(0, 1, "SHOT"), cue(0, 1, "Content") | {"StartTimestampMillis": None}):
        answer = analyse("segments", recorded=succeeded("segments", row), SegmentTypes=BOTH)
        assert answer["JobStatus"] == "FAILED"
        assert "Segments[0] lacks a time, a name or a confidence" in answer["StatusMessage"]


def test_pages_of_segments_have_their_metadata_each_and_every_row_once(aws: Aws, analyse: Analyse) -> None:
    first = analyse("segments", recorded=RECORDED, SegmentTypes=BOTH, get={"MaxResults": 3})
    get = aws.client("rekognition").get_segment_detection
    second = get(JobId=first["JobId"], MaxResults=3, NextToken=first["NextToken"])
    assert (len(first["Segments"]), len(second["Segments"]), "NextToken" in second) == (3, 1, False)
    assert first["VideoMetadata"] == second["VideoMetadata"] == [_METADATA]


def test_people_pathing_has_ended(aws: Aws) -> None:
    rekognition = aws.client("rekognition")
    assert refused(rekognition.start_person_tracking, Video=aws.video())[0] == "AccessDeniedException"
    assert refused(rekognition.get_person_tracking, JobId="x")[0] == "AccessDeniedException"
    assert aws.cloud.summary()["refusals"] == {"AccessDeniedException": 2}


def test_a_face_search_finds_no_collection(aws: Aws) -> None:
    rekognition = aws.client("rekognition")
    assert refused(rekognition.start_face_search, Video=aws.video(), CollectionId="staff") == (
        "ResourceNotFoundException",
        "The collection id: staff does not exist",
    )
    assert refused(rekognition.start_face_search, Video=aws.video(), CollectionId="a b")[0] == "ValidationException"
    assert refused(rekognition.get_face_search, JobId="x")[0] == "ResourceNotFoundException"
    assert aws.cloud.summary()["started"] == 0
