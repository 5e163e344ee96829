"""Recorded Get* answers: files of pages, read into answers without AWS."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, JobStatus, MismatchedPagesError, UnrecognisedAnswerError
from reelsift.domain.detections import MalformedAnswerError
from reelsift.errors import AnswerWithoutResult, NoRecordings, RecordingsOfSeveralVideos, UnusableRecording

Page = dict[str, Any]


def read_answers(files: Sequence[Path]) -> list[Answer]:
    """The answers that files of one page or a list of pages hold, at most one an analysis; pages come in any order.

    Raises UnusableRecording, NoRecordings, RecordingsOfSeveralVideos and AnswerWithoutResult.
    """
    answers: dict[Analysis, Answer] = {}
    for file in files:
        for name, page in _pages(file):
            _refuse_unfinished(name, page)
            try:
                analysis = Answer.recognise(page)
                answers.setdefault(analysis, Answer(analysis)).add(page)
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


def _pages(file: Path) -> Iterator[tuple[str, Page]]:
    """Each page of a file, with the name to call it by."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnusableRecording(str(file), error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise UnusableRecording(str(file), f"this is not JSON: {error}") from error
    pages = content if isinstance(content, list) else [content]
    for number, page in enumerate(pages, start=1):
        name = f"{file}, element {number}" if isinstance(content, list) else str(file)
        if not isinstance(page, dict):
            raise UnusableRecording(name, "a page of an answer is a JSON object")
        yield name, page


def _refuse_unfinished(name: str, page: Page) -> None:
    # A FAILED answer may lack the members that show its operation, so the status comes first.
    match page.get("JobStatus"):
        case JobStatus.FAILED:
            message = page.get("StatusMessage") or "Rekognition gave no reason"
            raise AnswerWithoutResult(name, f"the analysis FAILED: {message}")
        case JobStatus.IN_PROGRESS:
            raise AnswerWithoutResult(name, "the analysis is IN_PROGRESS, there is nothing to inspect yet")
