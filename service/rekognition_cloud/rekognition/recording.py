import json
from dataclasses import dataclass
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Row
from rekognition_cloud.rekognition.refusal import Refusal
from rekognition_cloud.rekognition.video import StoredVideo, find_object


@dataclass(frozen=True)
class Recording:
    """A recorded Get answer, in pages, stored beside a video and replayed for it."""

    pages: tuple[dict[str, Any], ...]

    def first(self, member: str) -> Any:
        """The value of a member on the first page that has it, else None."""
        return next((page[member] for page in self.pages if page.get(member) is not None), None)

    def rows(self, analysis: Analysis) -> list[Row]:
        return [row for page in self.pages for row in page.get(analysis.rows, ())]


def find_recording(account: str, region: str, video: StoredVideo, analysis: Analysis) -> Recording | None:
    """The object `<key>.<analysis>.json` in the video's bucket, None where there is none.

    Raises ValueError where it is not JSON: a recording that cannot be read is a mistake of its author.
    """
    name = f"{video.key}.{analysis.name}.json"
    try:
        answer = json.loads(find_object(account, region, video.bucket, name).read())
    except Refusal:
        return None
    return Recording(tuple(answer) if isinstance(answer, list) else (answer,))
