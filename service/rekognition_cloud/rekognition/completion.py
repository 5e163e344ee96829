"""The message that tells of a job's end, and what the knobs do to it."""

import json
import logging
import time
from typing import Any

from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import sns_backends

from rekognition_cloud.chance import Chance
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.rekognition.job import Job
from rekognition_cloud.scheduler import Scheduler

_log = logging.getLogger(__name__)


class Completions:
    """Publishes the completion messages of jobs when they are due."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._silences: list[tuple[float, float]] = []

    def silence(self, until: float) -> None:
        """Messages due from now until then (seconds since the epoch) are never published, also where they come to be
        published later than they are due. A silence that was to last longer is over with this one.
        """
        now = time.time()
        self._silences = [(since, min(end, until)) for since, end in self._silences] + [(now, until)]

    def speak(self) -> None:
        """As if there had been no silence."""
        self._silences.clear()

    def plan(self, job: Job, knobs: Knobs, chance: Chance) -> None:
        """Plans the job's completion message. Whether it is lost, doubled, early or late is decided now."""
        if "NotificationChannel" not in job.request:
            return
        job.copies = 2 if chance.happens("doubled", knobs.notifications_doubled) else 1
        if chance.happens("lost", knobs.notifications_lost):
            job.copies = 0
        if chance.happens("before_answer", knobs.notifications_before_answer):
            self._announce(job, time.time())
        elif chance.happens("early", knobs.notifications_early):
            half_way = (job.started_at + job.ends_at) / 2
            self._scheduler.at(half_way, lambda: self._announce(job, half_way))
        elif chance.happens("late", knobs.notifications_late):
            job.announce_after = knobs.notifications_late_seconds
        self.announce_at_end(job)

    def announce_at_end(self, job: Job) -> None:
        """Plans the message for the job's end; called again if the end moves. It is never published twice for that."""
        due = job.ends_at + job.announce_after
        self._scheduler.at(due, lambda: self._announce(job, due))

    def _announce(self, job: Job, due: float) -> None:
        """Publishes the job's message, or both; a second call publishes nothing."""
        copies, job.copies = job.copies, 0
        if any(since <= due < until for since, until in self._silences):
            return
        for _ in range(copies):
            topic = job.request["NotificationChannel"]["SNSTopicArn"]
            try:
                sns_backends[job.account][job.region].publish(json.dumps(_message(job)), arn=topic)
            except SNSNotFoundError:
                _log.warning("the topic %s of job %s is gone", topic, job.job_id)
            job.published += 1


def _message(job: Job) -> dict[str, Any]:
    """As the developer guide shows it ("Reference: Video analysis results notification")."""
    message: dict[str, Any] = {"JobId": job.job_id, "Status": job.outcome, "API": job.analysis.start}
    if "JobTag" in job.request:
        message["JobTag"] = job.request["JobTag"]
    message["Timestamp"] = round(time.time() * 1000)
    message["Video"] = {"S3ObjectName": job.video.key, "S3Bucket": job.video.bucket}
    return message
