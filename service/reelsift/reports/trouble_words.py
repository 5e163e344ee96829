"""What keeps a job from its end, in words."""

from reelsift.domain.job import Job
from reelsift.reports import wording


def trouble(job: Job) -> str | None:
    """Who fails over a job again and again; None where nobody does."""
    parts: list[str] = []
    if job.trouble.cause is not None:
        alone = "while it answered about others" if job.trouble.seen_ms is not None else "and about others just now too"
        parts.append(f"AWS fails over it, for {wording.span(job.trouble.ms)} {alone} ({job.trouble.cause})")
    if job.program_failures:
        parts.append(f"reelsift has failed over it {wording.count(job.program_failures, 'time')}")
    if job.taken_up > 1:
        parts.append(f"{wording.count(job.taken_up - 1, 'worker')} or more have died over it")
    return "; ".join(parts) or None
