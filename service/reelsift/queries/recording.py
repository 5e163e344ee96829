"""Recorded Get* answers: pages in whatever form they were saved, read into answers without AWS."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reelsift.domain.analyses.options import Values
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, MismatchedPagesError, UnrecognisedAnswerError, why_unfinished
from reelsift.domain.detections import MalformedAnswerError
from reelsift.errors import AnswerWithoutResult, NoRecordings, RecordingsOfSeveralVideos, UnusableRecording
from reelsift.manifests.saved_pages import Page, UnreadablePages, read_pages


class Recording(NamedTuple):
    """What a file, standard input or an object in S3 holds, and what it is called."""

    name: str
    data: bytes


def read_answers(recordings: Sequence[Recording], options: Values | None = None) -> list[Answer]:
    """The answers that recordings hold, at most one an analysis; pages come in any order. `options` are those of the
    analyses that say what is kept.

    Raises UnusableRecording, NoRecordings, RecordingsOfSeveralVideos and AnswerWithoutResult.
    """
    answers: dict[Analysis, Answer] = {}
    for recording in recordings:
        for name, page in _pages(recording):
            if (why := why_unfinished(page)) is not None:
                raise AnswerWithoutResult(name, why)
            try:
                analysis = Answer.recognise(page)
                if analysis not in answers:
                    spec = analysis.spec
                    answers[analysis] = Answer(analysis, spec.kept_from(spec.model_settings(options or {})))
                answers[analysis].add(page)
            except (UnrecognisedAnswerError, MismatchedPagesError) as error:
                raise UnusableRecording(name, str(error)) from error
            except MalformedAnswerError as error:
                raise AnswerWithoutResult(name, str(error)) from error
    found = [answers[analysis] for analysis in Analysis if analysis in answers]
    if not found:
        raise NoRecordings
    videos = {answer.video.uri for answer in found if answer.video is not None}
    if len(videos) > 1:
        raise RecordingsOfSeveralVideos(sorted(videos))
    return found


def _pages(recording: Recording) -> Iterator[tuple[str, Page]]:
    """Each page of a recording, with the name to call it by."""
    rows = [analysis.spec.rows for analysis in Analysis]
    try:
        for element, page in read_pages(recording.data, rows):
            yield _named(recording.name, element), page
    except UnreadablePages as unreadable:
        raise UnusableRecording(_named(recording.name, unreadable.element), str(unreadable)) from unreadable


def _named(name: str, element: int | None) -> str:
    return name if element is None else f"{name}, element {element}"
