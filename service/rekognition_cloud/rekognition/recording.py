from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Row
from rekognition_cloud.rekognition.refusal import Refusal
from rekognition_cloud.rekognition.saved_pages import UnreadablePages, read_pages
from rekognition_cloud.rekognition.video import StoredVideo, find_object

_MOST_PERCENT = 100


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

    One that cannot be replayed is the recording of a failure whose StatusMessage says why: a mistake of its author must
    neither look like a clean video nor hold a slot for ever.
    """
    name = f"{video.key}.{analysis.name}.json"
    try:
        data = find_object(account, region, video.bucket, name).read()
    except Refusal:
        return None
    try:
        pages = read_pages(data, [analysis.rows])
        _check(pages, analysis)
    except UnreadablePages as unreadable:
        where = "" if unreadable.element is None else f"element {unreadable.element}: "
        message = f"The recorded answer {name} cannot be replayed: {where}{unreadable}"
        return Recording(({"JobStatus": "FAILED", "StatusMessage": message},))
    return Recording(tuple(page for _, page in pages))


def _check(pages: list[tuple[int | None, dict[str, Any]]], analysis: Analysis) -> None:
    """Raises UnreadablePages for what a Get operation could not answer with."""
    if not pages:
        raise UnreadablePages("there is no page in it")
    for element, page in pages:
        status = page.get("JobStatus")
        if status == "FAILED":
            continue
        if status != "SUCCEEDED" or not isinstance(page.get(analysis.rows), list):
            raise UnreadablePages(f"it is no finished answer of {analysis.get}", element)
        _check_rows(page[analysis.rows], analysis, element)
        metadata = page.get("VideoMetadata") or {}
        streams = metadata if isinstance(metadata, list) else [metadata]
        if not all(isinstance(stream, dict) and _is_time(stream.get("DurationMillis", 0)) for stream in streams):
            raise UnreadablePages("its VideoMetadata is none", element)


def _check_rows(rows: Iterable[Any], analysis: Analysis, element: int | None) -> None:
    for number, row in enumerate(rows):
        try:
            sound = (
                _is_time(analysis.at_ms(row))
                and all(isinstance(part, str) for part in analysis.path(row))
                and _is_percent(analysis.confidence(row))
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            sound = False
        if not sound:
            problem = "lacks a time, a name or a confidence, or has one that is unknown"
            raise UnreadablePages(f"{analysis.rows}[{number}] {problem}", element)


def _is_percent(value: Any) -> bool:
    # NaN is none: it passes no least confidence, and would leave its row out without a word.
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_PERCENT


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
