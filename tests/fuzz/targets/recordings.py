"""Files of recorded answers, as `reelsift inspect` reads them, and the raw answers in the work bucket."""

import atexit
import gzip
import json
import tempfile
from pathlib import Path

from fuzz.target import Target, hold, hold_words
from reelsift.aws.raw_answers import RawAnswerLostError, _Pages
from reelsift.domain.policy import Policy
from reelsift.errors import ReelsiftError
from reelsift.queries.inspection import inspect_files

_POLICY = Policy.built_in()
_FOLDER = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)  # noqa: S108
atexit.register(_FOLDER.cleanup)
_FILE = Path(_FOLDER.name) / "answer.json"


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
    _FILE.write_bytes(data)
    try:
        inspection = inspect_files([_FILE], _POLICY)
    except ReelsiftError as error:
        hold_words(str(error), 6000)
        return
    document = inspection.members()
    json.dumps(document)
    hold("there is an answer for each analysis", where=len(set(document["analyses"])) == len(inspection.answers) >= 1)


def _check_raw(data: bytes) -> None:
    whole, pieces = _Pages("raw/x"), _Pages("raw/x")
    try:
        pages = whole.add(data)
        whole.end()
    except RawAnswerLostError as error:
        hold_words(str(error), 500)
        return
    again = [page for at in range(0, len(data), 7) for page in pieces.add(data[at : at + 7])]
    hold("where the bytes of a raw answer are cut changes nothing", where=json.dumps(again) == json.dumps(pages))


_PAGE = json.dumps({"JobStatus": "SUCCEEDED", "ModerationModelVersion": "7.0", "ModerationLabels": []}).encode()

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
    ],
    words=("JobStatus", "SUCCEEDED", "StatusMessage", "VideoMetadata", "DurationMillis", "JobId", "S3Object", "NaN"),
)
