"""The message that says a job is over, and what can go wrong on its way."""

import json
import logging
import time
from typing import Any

from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import sns_backends

from rekognition_cloud.chance import Dice
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.rekognition.job import Job
from rekognition_cloud.scheduler import Scheduler

_log = logging.getLogger(__name__)


class Completions:
    """Publishes the completion messages of jobs, when they are due."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._silent_until = 0.0

    def silence(self, until: float) -> None:
        """Whatever is due before `until` (seconds since the epoch) is never published."""
        self._silent_until = until

    def plan(self, job: Job, knobs: Knobs, dice: Dice) -> None:
        """Arranges for the job's completion message; the knobs decide its fate now, at the job's start."""
        if "NotificationChannel" not in job.request:
            return
        job.copies = 2 if dice.falls("doubled", knobs.notifications_doubled) else 1
        if dice.falls("lost", knobs.notifications_lost):
            job.copies = 0
        if dice.falls("before_answer", knobs.notifications_before_answer):
            self._announce(job)
        elif dice.falls("early", knobs.notifications_early):
            self._scheduler.at((job.started_at + job.ends_at) / 2, lambda: self._announce(job))
        elif dice.falls("late", knobs.notifications_late):
            job.announce_after = knobs.notifications_late_seconds
        self.announce_at_end(job)

    def announce_at_end(self, job: Job) -> None:
        """To be called again where the job's end has been moved forward: what has been announced is not repeated."""
        self._scheduler.at(job.ends_at + job.announce_after, lambda: self._announce(job))

    def _announce(self, job: Job) -> None:
        """Publishes the completion message, the first time it is called for a job."""
        copies, job.copies = job.copies, 0
        if time.time() < self._silent_until:
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
