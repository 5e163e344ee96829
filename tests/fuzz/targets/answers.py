"""An answer of any analysis there is, recognised by its members: another analysis is fuzzed by being there."""

import json

from fuzz.answer_laws import check_answer
from fuzz.target import Target, text_of
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, UnrecognisedAnswerError
from reelsift.manifests.untrusted_json import JsonError, load_json
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.operations import ANALYSES

_SEED_ROWS = 6


def _check(data: bytes) -> None:
    try:
        page = load_json(text_of(data))
        if isinstance(page, dict):
            check_answer(Answer.recognise(page), [page])
    except (JsonError, UnrecognisedAnswerError):
        return


def _seeds() -> list[bytes]:
    """What the embedded cloud would answer."""
    return [
        json.dumps(
            {"JobStatus": "SUCCEEDED", played.rows: played.simulate(Footage(f"video {number}", 4000))[:_SEED_ROWS]}
        ).encode()
        for played in ANALYSES
        for number in range(4)
    ]


TARGET = Target(
    _check,
    seeds=_seeds(),
    is_json=True,
    words=[member for analysis in Analysis for member in (analysis.spec.rows, analysis.spec.version) if member],
)
