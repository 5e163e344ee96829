import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws
from rekognition_cloud.clips import clip

_METADATA = {
    "Codec": "h264",
    "DurationMillis": 5000,
    "Format": "QuickTime / MOV",
    "FrameRate": 25.0,
    "FrameHeight": 480,
    "FrameWidth": 640,
}


def moderation(timestamp: int, name: str, confidence: float, parent: str = "") -> dict[str, Any]:
    label = {"Name": name, "ParentName": parent, "Confidence": confidence}
    return {"Timestamp": timestamp, "ModerationLabel": label}


def recorded(aws: Aws, *pages: dict[str, Any], operation: str = "content_moderation", **request: Any) -> str:
    """A finished job on a video with these recorded answers beside it."""
    video = aws.video()
    place = video["S3Object"]
    body = json.dumps(list(pages) if len(pages) > 1 else pages[0])
    aws.client("s3").put_object(Bucket=place["Bucket"], Key=f"{place['Name']}.{operation}.json", Body=body)
    start = {"content_moderation": "start_content_moderation", "labels": "start_label_detection"}[operation]
    job_id = getattr(aws.client("rekognition"), start)(Video=video, **request)["JobId"]
    aws.cloud.finish_jobs()
    return str(job_id)


def answer(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"JobStatus": "SUCCEEDED", "ModerationLabels": list(rows), "VideoMetadata": _METADATA, **more}


def test_recorded_pages_are_replayed_whole(aws: Aws) -> None:
    pages = [
        answer(moderation(0, "Violence", 91.5), NextToken="x"),
        answer(moderation(500, "Violence", 97.25), ModerationModelVersion="6.1"),
    ]
    job_id = recorded(aws, *pages)
    replayed = aws.client("rekognition").get_content_moderation(JobId=job_id)
    assert replayed["ModerationLabels"] == [moderation(0, "Violence", 91.5), moderation(500, "Violence", 97.25)]
    assert replayed["VideoMetadata"] == _METADATA
    assert replayed["ModerationModelVersion"] == "6.1"
    assert "NextToken" not in replayed
    assert aws.cloud.summary()["billed_ms"] == 5000


def test_a_recorded_failure_fails_the_job(aws: Aws) -> None:
    job_id = recorded(aws, {"JobStatus": "FAILED", "StatusMessage": "Internal server error"})
    replayed = aws.client("rekognition").get_content_moderation(JobId=job_id)
    assert (replayed["JobStatus"], replayed["StatusMessage"]) == ("FAILED", "Internal server error")


def _sure(confidence: Any) -> bytes:
    return json.dumps(answer(moderation(0, "Violence", confidence))).encode()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"{'a': ", b'{"JobId": "x"}', b"[]", b"\x1f\x8b"),
        *map(_sure, (float("nan"), "99.2%", -1, 101, True, 0.97)),
    ],
)
def test_a_recording_that_cannot_be_replayed_fails_the_job(aws: Aws, body: bytes) -> None:
    rekognition, video = aws.client("rekognition"), aws.video()
    place = video["S3Object"]
    name = f"{place['Name']}.content_moderation.json"
    aws.client("s3").put_object(Bucket=place["Bucket"], Key=name, Body=body)
    job_id = rekognition.start_content_moderation(Video=video)["JobId"]
    aws.cloud.finish_jobs()
    replayed = rekognition.get_content_moderation(JobId=job_id)
    assert replayed["JobStatus"] == "FAILED"
    assert replayed["StatusMessage"].startswith(f"The recorded answer {name} cannot be replayed: ")


@pytest.mark.parametrize(
    ("least", "left"),
    [({}, [50.0, 80.0]), ({"MinConfidence": 79.5}, [80.0]), ({"MinConfidence": 0.0}, [20.0, 50.0, 80.0])],
)
def test_the_least_confidence_of_the_start_is_honoured(aws: Aws, least: dict[str, Any], left: list[float]) -> None:
    rows = [moderation(n * 500, "Weapons", c, "Violence") for n, c in enumerate((20.0, 50.0, 80.0))]
    job_id = recorded(aws, answer(*rows), **least)
    labels = aws.client("rekognition").get_content_moderation(JobId=job_id)["ModerationLabels"]
    assert [row["ModerationLabel"]["Confidence"] for row in labels] == left


def test_by_name_the_surest_of_a_label_comes_first(aws: Aws) -> None:
    rows = [moderation(0, "Violence", 60.0), moderation(500, "Alcohol", 70.0), moderation(1000, "Violence", 90.0)]
    job_id = recorded(aws, answer(*rows))
    get = aws.client("rekognition").get_content_moderation
    by_name = [row["Timestamp"] for row in get(JobId=job_id, SortBy="NAME")["ModerationLabels"]]
    by_time = [row["Timestamp"] for row in get(JobId=job_id)["ModerationLabels"]]
    assert (by_name, by_time) == ([500, 1000, 0], [0, 500, 1000])


def test_segments_join_what_is_seen_without_a_break(aws: Aws) -> None:
    rows = [moderation(t, "Violence", c) for t, c in ((0, 60.0), (480, 90.0), (1000, 70.0), (3000, 65.0))]
    job_id = recorded(aws, answer(*rows))
    result = aws.client("rekognition").get_content_moderation(JobId=job_id, AggregateBy="SEGMENTS")
    segments = [
        (
            row["StartTimestampMillis"],
            row["EndTimestampMillis"],
            row["DurationMillis"],
            row["ModerationLabel"]["Confidence"],
        )
        for row in result["ModerationLabels"]
    ]
    assert segments == [(0, 1500, 1500, 90.0), (3000, 3500, 500, 65.0)]
    assert result["GetRequestMetadata"] == {"SortBy": "TIMESTAMP", "AggregateBy": "SEGMENTS"}


def test_pages_cover_every_row_once_with_metadata_on_each(aws: Aws) -> None:
    rows = [moderation(n * 500, "Violence", 75.0) for n in range(25)]
    job_id = recorded(aws, answer(*rows))
    get = aws.client("rekognition").get_content_moderation
    seen, page = [], get(JobId=job_id, MaxResults=10)
    while True:
        assert page["VideoMetadata"] == _METADATA
        seen += page["ModerationLabels"]
        if "NextToken" not in page:
            break
        page = get(JobId=job_id, MaxResults=10, NextToken=page["NextToken"])
    assert seen == rows


def test_a_page_has_a_thousand_rows_and_never_more(aws: Aws) -> None:
    rows = [moderation(n * 500, "Violence", 75.0) for n in range(1001)]
    job_id = recorded(aws, answer(*rows))
    get = aws.client("rekognition").get_content_moderation
    assert [len(get(JobId=job_id, **most)["ModerationLabels"]) for most in ({}, {"MaxResults": 5000})] == [1000, 1000]


def test_a_page_token_is_bound_to_its_job_its_options_and_its_time(aws: Aws) -> None:
    rows = [moderation(n * 500, "Violence", 75.0) for n in range(3)]
    job_id, other = recorded(aws, answer(*rows)), recorded(aws, answer(*rows))
    get = aws.client("rekognition").get_content_moderation
    token = get(JobId=job_id, MaxResults=1)["NextToken"]
    wrong = [
        {"JobId": other, "NextToken": token},
        {"JobId": job_id, "NextToken": token, "SortBy": "NAME"},
        {"JobId": job_id, "NextToken": "bm9uc2Vuc2U="},
        {"JobId": job_id, "NextToken": "not base 64"},
    ]
    assert get(JobId=job_id, NextToken=token)["ModerationLabels"] == rows[1:]
    for arguments in wrong:
        with pytest.raises(ClientError, match="InvalidPaginationTokenException"):
            get(**arguments)


def test_a_page_token_expires(aws: Aws) -> None:
    rows = [moderation(n * 500, "Violence", 75.0) for n in range(3)]
    job_id = recorded(aws, answer(*rows))
    get = aws.client("rekognition").get_content_moderation
    token = get(JobId=job_id, MaxResults=1)["NextToken"]
    aws.cloud.knobs(page_token_seconds=0)
    with pytest.raises(ClientError, match="InvalidPaginationTokenException"):
        get(JobId=job_id, NextToken=token)


def test_labels_are_filtered_as_the_start_asked(aws: Aws) -> None:
    def label(name: str, category: str) -> dict[str, Any]:
        found = {"Name": name, "Confidence": 90.0, "Instances": [], "Parents": [], "Categories": [{"Name": category}]}
        return {"Timestamp": 0, "Label": found}

    page = {
        "JobStatus": "SUCCEEDED",
        "VideoMetadata": _METADATA,
        "Labels": [label("Cat", "Animals and Pets"), label("Car", "Vehicles"), label("Dog", "Animals and Pets")],
    }
    settings = {
        "GeneralLabels": {
            "LabelCategoryInclusionFilters": ["Animals and Pets"],
            "LabelExclusionFilters": ["Dog"],
        }
    }
    job_id = recorded(aws, page, operation="labels", Settings=settings)
    labels = aws.client("rekognition").get_label_detection(JobId=job_id)["Labels"]
    assert [row["Label"]["Name"] for row in labels] == ["Cat"]


def test_unrecorded_videos_get_the_same_simulated_labels_each_time(aws: Aws) -> None:
    rekognition, video = aws.client("rekognition"), aws.video(seconds=4)
    first, second = (rekognition.start_label_detection(Video=video)["JobId"] for _ in range(2))
    aws.cloud.finish_jobs()
    labels = [rekognition.get_label_detection(JobId=job_id)["Labels"] for job_id in (first, second)]
    assert labels[0] == labels[1] != []


def test_the_content_is_that_of_the_start(aws: Aws) -> None:
    rekognition, video = aws.client("rekognition"), aws.video(seconds=3)
    job_id = rekognition.start_label_detection(Video=video)["JobId"]
    place = video["S3Object"]
    aws.client("s3").put_object(Bucket=place["Bucket"], Key=place["Name"], Body=clip(1, seed=9))
    aws.cloud.finish_jobs()
    assert rekognition.get_label_detection(JobId=job_id)["VideoMetadata"]["DurationMillis"] == 3000
