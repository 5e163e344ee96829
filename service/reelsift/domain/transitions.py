"""What each transition of a job sets, keeps and clears: a job in, the changed job out.

It is written on the condition that the row still is as the job was read (`aws.jobs`). `due_at_ms` is when somebody is
to check on the job, if no worker has done the next step by then.
"""

from dataclasses import replace

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.context import Context
from reelsift.domain.failure import Failure
from reelsift.domain.job import Asked, Job, JobState, Reserved, Result, SharedContent, Start, Times
from reelsift.domain.line import Line
from reelsift.domain.trouble import NO_TROUBLE, Trouble
from reelsift.domain.video import Video


def admitted(
    was: Job | None, line: Line, video: Video, analysis: Analysis, *, model_settings: str, now_ms: int, due_at_ms: int
) -> Job:
    """WAITING: the next attempt of a job, or its first, as `line` asks for it. `was` gives what is the video's."""
    return Job(
        video=video,
        analysis=analysis,
        attempt=was.attempt + 1 if was else 1,
        state=JobState.WAITING,
        asked=Asked(line.id, model_settings, line.submitted_ms, _context(line, was)),
        times=Times(created_ms=was.times.created_ms if was else now_ms),
        due_at_ms=due_at_ms,
        content=SharedContent(video.sha256 or (was.content.sha256 if was else None)),
        earlier=was.newest_answer if was else None,
    )


def following(job: Job, owner_id: str, *, due_at_ms: int) -> Job:
    """Still WAITING, and for the job of the video `owner_id`, whose content is identical."""
    return replace(job, content=replace(job.content, duplicate_of_id=owner_id), due_at_ms=due_at_ms)


def following_nobody(job: Job, *, due_at_ms: int) -> Job:
    """Still WAITING, to be analysed itself after all."""
    return replace(job, content=SharedContent(job.content.sha256), due_at_ms=due_at_ms)


def taken_on(job: Job, line: Line) -> Job:
    """Still WAITING, and for `line`, which pays for the attempt in place of the one that had asked for it."""
    return replace(job, asked=replace(job.asked, by=line.id, at_ms=line.submitted_ms, context=_context(line, job)))


def told_of(job: Job, line: Line) -> Job:
    """Still in its state, and with the context of `line`, which waits for it, where it has none yet."""
    return replace(job, asked=replace(job.asked, context=job.asked.context or line.context))


def starting(
    job: Job, slot: int, start_input: str, *, model_settings: str, now_ms: int, due_at_ms: int, reserved: Reserved
) -> Job:
    """WAITING to STARTING, in a slot: from now on the Start may have been sent."""
    return Job(
        video=job.video,
        analysis=job.analysis,
        attempt=job.attempt,
        state=JobState.STARTING,
        asked=replace(job.asked, model_settings=model_settings),
        times=Times(job.times.created_ms, starting_ms=now_ms),
        due_at_ms=due_at_ms,
        failures=job.failures,
        start=Start(slot=slot, input=start_input, sends=1),
        reserved=reserved,
        content=SharedContent(job.content.sha256),
        earlier=job.earlier,
    )


def replaying(job: Job, *, due_at_ms: int) -> Job:
    """Still STARTING: one more process may have sent the Start."""
    return replace(job, start=replace(job.start, sends=job.start.sends + 1), due_at_ms=due_at_ms)


def running(job: Job, job_id: str, *, now_ms: int, due_at_ms: int) -> Job:
    """STARTING to RUNNING: Rekognition has named its job, and nothing is replayed any more."""
    return replace(
        _untroubled(job),
        state=JobState.RUNNING,
        start=replace(job.start, job_id=job_id, input=None),
        times=replace(job.times, running_ms=now_ms),
        due_at_ms=due_at_ms,
    )


def taken_back(job: Job, *, refusal: str | None, due_at_ms: int) -> Job:
    """STARTING to WAITING, with the next attempt: nothing was started. `refusal` says why, for people."""
    return replace(_next_attempt(job, due_at_ms), start=Start(refusal=refusal))


def failed_for_now(job: Job, *, due_at_ms: int) -> Job:
    """RUNNING to WAITING, with the next attempt: Rekognition has failed this one, and another may end differently."""
    return replace(_next_attempt(job, due_at_ms), failures=job.failures + 1)


def completion_early(job: Job, *, now_ms: int, due_at_ms: int) -> Job:
    """Still RUNNING, though its completion has come: that will not come again."""
    return replace(_untroubled(job), times=replace(job.times, completion_received_ms=now_ms), due_at_ms=due_at_ms)


def collecting(
    job: Job,
    *,
    ended_ms: int,
    completion_received_ms: int | None,
    duration_ms: int | None,
    billed_ms: int,
    due_at_ms: int,
) -> Job:
    """RUNNING to COLLECTING: Rekognition has ended it well, its slot and its reservation are free. `duration_ms` is the
    video's length (None: it cannot be read), and `billed_ms` what was paid for.
    """
    return replace(
        _without_slot(_untroubled(job)),
        state=JobState.COLLECTING,
        result=Result(duration_ms=duration_ms, billed_ms=billed_ms),
        times=replace(job.times, ended_ms=ended_ms, completion_received_ms=completion_received_ms),
        due_at_ms=due_at_ms,
    )


def taking_over(job: Job, owner: Job, *, now_ms: int, due_at_ms: int) -> Job:
    """WAITING to COLLECTING: the answer that `owner`, the job of a video of identical content, has is this job's too.
    It pays nothing.
    """
    return replace(
        _untroubled(job),
        state=JobState.COLLECTING,
        content=replace(job.content, duplicate_of_id=owner.video.video_id, result_from_uri=owner.video.uri),
        start=Start(job_id=owner.start.job_id),
        result=Result(raw_key=owner.result.raw_key, duration_ms=owner.result.duration_ms),
        times=replace(job.times, ended_ms=now_ms),
        due_at_ms=due_at_ms,
    )


def imported(
    was: Job | None, asked: Asked, answer: Answer, video: Video, *, uri: str, raw_key: str, now_ms: int, due_at_ms: int
) -> Job:
    """COLLECTING: an attempt that nobody has started and nobody pays. Its answer was recorded elsewhere, at `uri`, and
    is kept at `raw_key`.
    """
    return Job(
        video=video,
        analysis=answer.analysis,
        attempt=was.attempt + 1 if was else 1,
        state=JobState.COLLECTING,
        asked=replace(asked, context=asked.context or (was.asked.context if was else None)),
        times=Times(created_ms=was.times.created_ms if was else now_ms, ended_ms=now_ms),
        due_at_ms=due_at_ms,
        start=Start(job_id=answer.job_id, imported_from=uri),
        result=Result(raw_key=raw_key, duration_ms=answer.duration_ms),
        content=SharedContent(video.sha256 or (was.content.sha256 if was else None)),
        earlier=was.newest_answer if was else None,
    )


def disowned(job: Job, *, due_at_ms: int) -> Job:
    """COLLECTING back to WAITING: the owner's answer cannot be read. The next check decides whom to follow now."""
    return replace(
        job,
        state=JobState.WAITING,
        content=replace(job.content, result_from_uri=None),
        start=Start(),
        result=Result(),
        times=Times(job.times.created_ms),
        due_at_ms=due_at_ms,
    )


def settled(job: Job, result: Result, *, now_ms: int, due_at_ms: int) -> Job:
    """COLLECTING to SETTLED: the result is fixed."""
    return replace(
        _untroubled(job),
        state=JobState.SETTLED,
        result=result,
        times=replace(job.times, settled_ms=now_ms),
        due_at_ms=due_at_ms,
    )


def failed(job: Job, failure: Failure, *, now_ms: int, due_at_ms: int) -> Job:
    """From any state without a result to SETTLED: there will be no answer. A slot, and what is reserved, is free."""
    ended_ms = now_ms if job.start.slot is not None else job.times.ended_ms
    return replace(
        _without_slot(_untroubled(job)),
        state=JobState.SETTLED,
        result=replace(job.result, failure=failure),
        times=replace(job.times, ended_ms=ended_ms, settled_ms=now_ms),
        due_at_ms=due_at_ms,
    )


def closed(job: Job, *, now_ms: int, undelivered: str | None = None) -> Job:
    """SETTLED to CLOSED: all that follows the result is done, or has failed so often that it is given up
    (`undelivered` says what, and why); nobody checks on the job any more.
    """
    return replace(
        _untroubled(job),
        state=JobState.CLOSED,
        times=replace(job.times, closed_ms=now_ms),
        due_at_ms=None,
        undelivered=undelivered,
    )


def start_answered(job: Job, *, due_at_ms: int) -> Job:
    """Still STARTING: Rekognition has answered a replay, but for want of quota it has named no job."""
    return replace(_untroubled(job), due_at_ms=due_at_ms)


def status_asked(job: Job, *, due_at_ms: int) -> Job:
    """Still RUNNING, as Rekognition has just said."""
    return replace(_untroubled(job), due_at_ms=due_at_ms)


def program_failed(job: Job, *, due_at_ms: int) -> Job:
    """In any state but CLOSED: this program has failed over the job once more."""
    return replace(job, program_failures=job.program_failures + 1, due_at_ms=due_at_ms)


def taken_up(job: Job, *, due_at_ms: int) -> Job:
    """In a state whose step takes memory: a worker repeats it, and may not live to say so."""
    return replace(job, taken_up=job.taken_up + 1, due_at_ms=due_at_ms)


def put_down(job: Job) -> Job:
    """Whoever has taken the job up lives, whatever became of it."""
    return replace(job, taken_up=max(0, job.taken_up - 1))


def troubled(job: Job, trouble: Trouble, *, due_at_ms: int) -> Job:
    """In any state without a result: AWS has failed over the job once more."""
    return replace(job, trouble=trouble, due_at_ms=due_at_ms)


def _context(line: Line, was: Job | None) -> Context | None:
    """What is said about a video that `line` asks for: what was said before, if the line says nothing."""
    return line.context if line.context is not None or was is None else was.asked.context


def _untroubled(job: Job) -> Job:
    return replace(job, trouble=NO_TROUBLE, program_failures=0, taken_up=0)


def _next_attempt(job: Job, due_at_ms: int) -> Job:
    return replace(
        _untroubled(job),
        state=JobState.WAITING,
        attempt=job.attempt + 1,
        start=Start(),
        reserved=Reserved(),
        times=Times(job.times.created_ms),
        due_at_ms=due_at_ms,
    )


def _without_slot(job: Job) -> Job:
    return replace(job, start=replace(job.start, slot=None, input=None), reserved=Reserved())
