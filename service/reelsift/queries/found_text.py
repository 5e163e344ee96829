"""Whether the words that are looked for stand in one text of a video."""

from contextlib import aclosing
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.aws.labels import LONGEST_NAME, listed_texts
from reelsift.domain.analysis import Analysis
from reelsift.domain.folding import words
from reelsift.domain.job import JobKey
from reelsift.domain.read_words import ReadText, read_texts, with_all
from reelsift.domain.result import ResultReader


async def found_text(deployment: Deployment, row: dict[str, Any], sought: str) -> dict[str, Any] | None:
    """The item of a word, showing the most confident text in which all words of `sought` stand; None where there is
    none.

    The item lists a few texts that the word stands in. Only where these are not all, and several words are looked for,
    the stored result is read.
    """
    together = set(words(sought))
    if len(together) == 1:
        return row
    text = with_all(listed_texts(row), together)
    if text is None and row.get("texts_left_out"):
        text = await _in_result(deployment, JobKey(row["video_id"], Analysis(row["analysis"])), together)
    if text is None:
        return None
    shown = {"label": text.text[:LONGEST_NAME], "peak_confidence": text.max_confidence, "peak_ms": text.peak_ms}
    return row | shown


async def _in_result(deployment: Deployment, key: JobKey, together: set[str]) -> ReadText | None:
    """The text among all of the newest result. None where that is gone."""
    job = await deployment.jobs.get(key)
    if job is None or job.newest_answer is None:
        return None
    reader, found = ResultReader(), list[ReadText]()
    try:
        async with aclosing(deployment.work.pieces(job.newest_answer.result_key)) as pieces:
            async for piece in pieces:
                for segments in reader.add(piece):
                    text = with_all(read_texts(segments), together)
                    found += [text] if text is not None else []
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        return None
    return with_all(found, together)
