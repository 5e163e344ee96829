"""Recorded messages of AWS are understood. They are not part of the project: RECORDED_ANSWERS names their folder."""

import csv
import json

import pytest

from reelsift.domain.video import ObjectRef
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow
from reelsift.manifests.messages import Ignored, Lines, Parsed, RejectedMessage, parse_message
from reelsift.manifests.notification import Completion, parse_completions
from reelsift.manifests.object_names import decode_key
from support.needs import RECORDINGS


def recording(name: str) -> str:
    return (RECORDINGS / name).read_text(encoding="utf-8")


def parse(body: str) -> Parsed:
    return parse_message(body, message_id="m", sent_ms=0)


def sqs_body(name: str) -> str:
    """The body of the SQS record that Lambda was given."""
    (record,) = json.loads(recording(name))["Records"]
    return str(record["body"])


def the_ref(body: str) -> ObjectRef:
    parsed = parse(body)
    assert isinstance(parsed, Lines)
    (line,) = parsed.lines
    return getattr(line, "ref", ObjectRef("", ""))


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        (
            "powertools-s3-put.json",
            ObjectRef(
                "lambda-artifacts-deafc19498e3f2df",
                "b21b84d653bb07b05b1e6b33684dc11b",
                None,
                "b21b84d653bb07b05b1e6b33684dc11b",
                1_305_107,
            ),
        ),
        (
            "powertools-eventbridge-created.json",
            ObjectRef("example-bucket", "IMG_m7fzo3.jpg", None, "4e68adba0abe2dc8653dc3354e14c01d", 184_662),
        ),
        (
            "userguide-eventbridge-0-object-created.json",
            ObjectRef(
                "DOC-EXAMPLE-BUCKET1",
                "example-key",
                "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                "b1946ac92492d2347c6235b4d2611184",
                5,
            ),
        ),
    ],
)
def test_an_s3_event_names_its_object(name: str, ref: ObjectRef) -> None:
    assert the_ref(recording(f"s3-events/{name}")) == ref


def test_an_s3_event_delivered_by_sqs_names_its_object() -> None:
    assert the_ref(sqs_body("s3-events/powertools-sqs-s3-put.json")) == ObjectRef(
        "xxx", "test.pdf", "yd3d4HaWOT2zguDLvIQLU6ptDTwKBnQV", "2e3ad1e983318bbd8e73b080e2997980", 104_681
    )


def test_the_test_event_is_ignored() -> None:
    assert isinstance(parse(recording("s3-events/userguide-test-event.json")), Ignored)


def test_a_stranger_in_an_sns_envelope_is_rejected() -> None:
    assert isinstance(parse(sqs_body("s3-events/powertools-sns-in-sqs.json")), RejectedMessage)


def test_every_recorded_s3_event_is_covered_here() -> None:
    assert {path.name for path in (RECORDINGS / "s3-events").iterdir()} == {
        "key-encoding-observed.csv",
        "powertools-eventbridge-created.json",
        "powertools-s3-put.json",
        "powertools-sns-in-sqs.json",
        "powertools-sqs-s3-put.json",
        "userguide-eventbridge-0-object-created.json",
        "userguide-test-event.json",
    }


def test_every_observed_encoding_of_a_key_is_undone() -> None:
    rows = list(csv.DictReader(recording("s3-events/key-encoding-observed.csv").splitlines()))
    assert rows
    assert [decode_key(row["encoded_key"]) for row in rows] == [row["object_key"] for row in rows]


@pytest.mark.parametrize("name", ["userguide-manifest.csv", "userguide-manifest-with-versions.csv"])
def test_a_batch_operations_manifest_is_read(name: str) -> None:
    data = (RECORDINGS / "batch" / name).read_bytes()
    rows = list(read_list([data]))
    assert len(rows) == 6
    assert all(isinstance(row, GoodRow) for row in rows)
    last = rows[-1]
    assert isinstance(last, GoodRow)
    assert (last.row, last.ref.bucket, last.ref.key) == (6, "Examplebucket", "object key with spaces")
    assert (last.ref.version_id is None) == (name == "userguide-manifest.csv")


@pytest.mark.parametrize(
    ("name", "tag", "key"),
    [
        ("devguide-start-label.json", "DetectingLabels", "video.mp4"),
        ("fims-lambda-with-jobtag.json", "Loictest1", "2015_GF_ORF_00_24_37_conv.mp4"),
    ],
)
def test_a_completion_is_read(name: str, tag: str, key: str) -> None:
    (read,) = parse_completions(recording(f"notifications/{name}"))
    assert isinstance(read, Completion)
    assert (read.status, read.api, read.job_tag, read.key) == ("SUCCEEDED", "StartLabelDetection", tag, key)
