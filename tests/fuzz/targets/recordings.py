"""Files of recorded answers, as `reelsift inspect` reads them, and the raw answers in the work bucket."""

import gzip
import json

from fuzz.target import Target, hold, hold_words
from reelsift.aws.raw_answers import RawAnswerLostError, _Pages
from reelsift.domain.policy import Policy
from reelsift.errors import ReelsiftError
from reelsift.queries.inspection import inspect_recordings
from reelsift.queries.recording import Recording
from support.saved_forms import FORMS, NO_ANSWERS

_POLICY = Policy.built_in()


def check(data: bytes) -> None:
    """The first byte says whether the rest is a file, the text of a raw answer, or a raw answer as it lies there."""
    match data[:1]:
        case b"z":
            _check_raw(data[1:])
        case b"t":
            _check_raw(gzip.compress(data[1:], compresslevel=0))
        case _:
            _check_file(data[1:])


def _check_file(data: bytes) -> None:
    try:
        inspection = inspect_recordings([Recording("answer.json", data)], _POLICY)
    except ReelsiftError as error:
        hold_words(str(error), 6000)
        return
    document = json.loads(b"".join(inspection.dataset()))
    hold("there is an answer for each analysis", where=len(set(document["analyses"])) == len(inspection.answers) >= 1)


def _check_raw(data: bytes) -> None:
    whole, pieces = _Pages("raw/x"), _Pages("raw/x")
    try:
        pages = list(whole.add(data))
        whole.end()
    except RawAnswerLostError as error:
        hold_words(str(error), 500)
        return
    again = [page for at in range(0, len(data), 7) for page in pieces.add(data[at : at + 7])]
    hold("where the bytes of a raw answer are cut changes nothing", where=json.dumps(again) == json.dumps(pages))


_PAGE = json.dumps({"JobStatus": "SUCCEEDED", "ModerationModelVersion": "7.0", "ModerationLabels": []}).encode()

_LONGEST = 4096

TARGET = Target(
    check,
    seeds=[
        b"f" + _PAGE,
        b"f\xef\xbb\xbf[" + _PAGE + b"," + _PAGE + b"]",
        b'f{"JobStatus":"FAILED","StatusMessage":"Unsupported codec/format."}',
        (
            b'f{"JobStatus":"SUCCEEDED","LabelModelVersion":"3.0","Labels":[{"Timestamp":0,"Label":{"Name":"A",'
            b'"Confidence":50.5,"Parents":[]}}],"VideoMetadata":[{"DurationMillis":1},{"FrameRate":25}]}'
        ),
        b"t[" + _PAGE + b",\n" + _PAGE + b"]",
        b"z" + gzip.compress(b"[" + _PAGE + b"]", mtime=0),
        b"t[]",
        *(b"f" + form for form in FORMS.values()),
        *(b"f" + data for data, _ in NO_ANSWERS.values() if len(data) < _LONGEST),
    ],
    words=("JobStatus", "SUCCEEDED", "StatusMessage", "VideoMetadata", "DurationMillis", "JobId", "S3Object", "NaN"),
)
