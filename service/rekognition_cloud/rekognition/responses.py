import json
from collections.abc import Callable
from typing import Any, NoReturn

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.rekognition import urls
from moto.rekognition.responses import RekognitionResponse

from rekognition_cloud.call import CALL
from rekognition_cloud.rekognition.analysis import Analysis
from rekognition_cloud.rekognition.closed import CLOSED
from rekognition_cloud.rekognition.operations import ANALYSES


class VideoResponse(RekognitionResponse):  # type: ignore[misc]  # moto publishes no types
    """moto's Rekognition with the operations of `ANALYSES` and `CLOSED` on top; all others stay moto's."""


def install() -> None:
    """Call this before moto serves its first Rekognition request: moto reads its URLs then."""
    urls.url_paths["{0}/$"] = VideoResponse.dispatch


def _start(analysis: Analysis) -> Callable[[VideoResponse], ActionResult]:
    def start(self: VideoResponse) -> ActionResult:
        job = CALL.get().state.jobs.start(analysis, self.current_account, self.region, _request(self))
        return ActionResult({"JobId": job.job_id})

    return start


def _get(analysis: Analysis) -> Callable[[VideoResponse], str]:
    def get(self: VideoResponse) -> str:
        answer = CALL.get().state.jobs.answer(analysis, self.current_account, self.region, _request(self))
        # moto would leave out what botocore's model does not know, and recorded answers may have it.
        return json.dumps(answer)

    return get


def _refuse(operation: str) -> Callable[[VideoResponse], NoReturn]:
    def refuse(self: VideoResponse) -> NoReturn:
        CALL.get().state.jobs.refuse(operation, _request(self))

    return refuse


def _request(response: VideoResponse) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(response.body)
    return request


# moto finds an operation as the method of the same name in snake case.
for _operation in CLOSED:
    setattr(VideoResponse, xform_name(_operation), _refuse(_operation))
for _analysis in ANALYSES:
    setattr(VideoResponse, xform_name(_analysis.start), _start(_analysis))
    setattr(VideoResponse, xform_name(_analysis.get), _get(_analysis))
