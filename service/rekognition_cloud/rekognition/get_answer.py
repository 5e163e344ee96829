from typing import Any

from rekognition_cloud.rekognition.job import Job
from rekognition_cloud.rekognition.page_token import PageTokens
from rekognition_cloud.rekognition.validation import input_members, output_members

_LARGEST_PAGE = 1000


def get_answer(
    job: Job, request: dict[str, Any], tokens: PageTokens, token_seconds: float, now: float
) -> dict[str, Any]:
    """The answer of a Get operation: the job's status, and a page of detections once it has succeeded.

    Raises Refusal for a NextToken of another job or other options, or one older than `token_seconds`.
    """
    status = job.status(now)
    answer: dict[str, Any] = {
        "JobStatus": status,
        job.analysis.rows: [],
        "JobId": job.job_id,
        "Video": job.request["Video"],
    }
    if job.analysis.version is not None:
        answer[job.analysis.version] = job.model_version
    if "JobTag" in job.request:
        answer["JobTag"] = job.request["JobTag"]
    if status == "FAILED":
        answer["StatusMessage"] = job.message
    if status == "SUCCEEDED":
        answer |= _page(job, request, tokens, token_seconds, now)
    return answer


def _page(job: Job, request: dict[str, Any], tokens: PageTokens, token_seconds: float, now: float) -> dict[str, Any]:
    choices = input_members(job.analysis.get)
    sort_by = request.get("SortBy", "TIMESTAMP") if "SortBy" in choices else None
    aggregate_by = request.get("AggregateBy", "TIMESTAMPS") if "AggregateBy" in choices else None
    # "If you specify a value greater than 1000, a maximum of 1000 results is returned" (the API's reference).
    length = min(request.get("MaxResults", _LARGEST_PAGE), _LARGEST_PAGE)
    question = f"{job.job_id}/{sort_by}/{aggregate_by}"
    offset = 0
    if "NextToken" in request:
        offset = tokens.offset(question, request["NextToken"], now, token_seconds)
    rows = job.rows(sort_by, aggregate_by)
    page = {
        job.analysis.rows: rows[offset : offset + length],
        "VideoMetadata": job.video_metadata,
        **job.further,
    }
    if "GetRequestMetadata" in output_members(job.analysis.get):
        page["GetRequestMetadata"] = {"SortBy": sort_by, "AggregateBy": aggregate_by}
    if offset + length < len(rows):
        page["NextToken"] = tokens.issue(question, offset + length, now)
    return page
