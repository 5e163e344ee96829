"""Recorded Get* answers: files of pages, read into answers without AWS."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, JobStatus, MismatchedPagesError, UnrecognisedAnswerError
from reelsift.domain.detections import MalformedAnswerError

Page = dict[str, Any]


class UnusableFileError(ValueError):
    """A file that cannot be an answer, or not one of the same video as the others: it was wrong to name it."""


class FailedAnswerError(ValueError):
    """A Get* answer that has no result to look at: the analysis failed, still runs, or a page is damaged."""


def read_answers(files: Sequence[Path]) -> list[Answer]:
    """Reads files of one page or a list of pages; the pages of one analysis make one answer, in any order.

    Raises UnusableFileError and FailedAnswerError, naming the file.
    """
    answers: dict[Analysis, Answer] = {}
    for file in files:
        for name, page in _pages(file):
            _refuse_unfinished(name, page)
            try:
                analysis = Answer.recognise(page)
                answers.setdefault(analysis, Answer(analysis)).add(page)
            except (UnrecognisedAnswerError, MismatchedPagesError) as error:
                raise UnusableFileError(f"{name}: {error}") from error
            except MalformedAnswerError as error:
                raise FailedAnswerError(f"{name}: {error}") from error
    found = [answers[analysis] for analysis in Analysis if analysis in answers]
    if not found:
        raise UnusableFileError("there is not a single page in the files")
    videos = {answer.video.uri for answer in found if answer.video is not None}
    if len(videos) > 1:
        raise UnusableFileError(f"the answers are of different videos: {', '.join(sorted(videos))}")
    return found


def _pages(file: Path) -> Iterator[tuple[str, Page]]:
    """Each page of a file, with the name to call it by."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnusableFileError(f"{file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UnusableFileError(f"{file}: this is not JSON: {error}") from error
    pages = content if isinstance(content, list) else [content]
    for number, page in enumerate(pages, start=1):
        name = f"{file}, element {number}" if isinstance(content, list) else str(file)
        if not isinstance(page, dict):
            raise UnusableFileError(f"{name}: a page of an answer is a JSON object")
        yield name, page


def _refuse_unfinished(name: str, page: Page) -> None:
    # A FAILED answer may lack the members by which its operation is told, so the status comes first.
    match page.get("JobStatus"):
        case JobStatus.FAILED:
            message = page.get("StatusMessage") or "Rekognition gave no reason"
            raise FailedAnswerError(f"{name}: the analysis FAILED: {message}")
        case JobStatus.IN_PROGRESS:
            raise FailedAnswerError(f"{name}: the analysis is IN_PROGRESS, there is nothing to inspect yet")
