import csv
import json
from itertools import starmap

from hypothesis import given
from hypothesis import strategies as st

from reelsift.cli.completion_report import COLUMNS, Tally, csv_row, csv_text, members
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.video import ObjectRef
from reelsift.manifests.csv_lines import read_csv
from reelsift.manifests.manifest_row import GoodRow

LINE = LineId("b", "list.csv:3", 0)
GOOD = Outcome(
    id=LINE,
    ref=ObjectRef("videos", "in/a b,ä.mp4", "v1", "etag", 5),
    status=OutcomeStatus.SUCCEEDED,
    finished_ms=7,
    video_id="0" * 40,
    verdict="review",
    peak_label="Violence",
    peak_confidence=97.5,
    billed_ms=90_000,
)
BAD = failed(LINE, ObjectRef("", ""), Reason.BAD_LINE, 'the row, "so": oops', now_ms=7)


def test_a_row_has_the_columns_of_batch_operations() -> None:
    row = dict(zip(COLUMNS, csv_row(GOOD), strict=True))
    message = json.loads(str(row.pop("ResultMessage")))
    assert row == {
        "Bucket": "videos",
        "Key": "in/a%20b%2C%C3%A4.mp4",
        "VersionId": "v1",
        "TaskStatus": "SUCCEEDED",
        "ErrorCode": "",
        "HTTPStatusCode": 200,
    }
    assert message == {
        "line": "list.csv:3",
        "video_id": "0" * 40,
        "verdict": "review",
        "peak_label": "Violence",
        "peak_confidence": 97.5,
        "reason": None,
        "message": None,
        "minutes": 1.5,
    }


def test_a_failure_has_its_reason_as_error_code() -> None:
    row = dict(zip(COLUMNS, csv_row(BAD), strict=True))
    assert (row["TaskStatus"], row["ErrorCode"], row["HTTPStatusCode"]) == ("FAILED", "bad_line", "")
    (read,) = csv.reader([csv_text([csv_row(BAD)])])
    assert json.loads(read[-1])["message"] == 'the row, "so": oops'


def test_json_has_everything() -> None:
    assert members(GOOD) == {
        "bucket": "videos",
        "key": "in/a b,ä.mp4",
        "version_id": "v1",
        "etag": "etag",
        "size": 5,
        "status": "SUCCEEDED",
        "round": 1,
        "finished_ms": 7,
        **json.loads(str(csv_row(GOOD)[-1])),
    }


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=50)))
def test_a_report_can_be_submitted_as_a_manifest(keys: list[str]) -> None:
    refs = [ObjectRef("videos", key, None) for key in keys]
    outcomes = [failed(LINE, ref, Reason.GAVE_UP, "", now_ms=0) for ref in refs]
    text = csv_text([COLUMNS, *map(csv_row, outcomes)])
    rows = list(read_csv([text.encode()]))
    assert [row.ref for row in rows if isinstance(row, GoodRow)] == list(
        starmap(ObjectRef, zip(["videos"] * len(keys), keys, strict=True))
    )


def test_a_tally_counts_verdicts_and_reasons() -> None:
    tally = Tally()
    tally.add([GOOD, GOOD, BAD])
    assert (dict(tally.verdicts), dict(tally.reasons)) == ({"review": 2}, {"bad_line": 1})
