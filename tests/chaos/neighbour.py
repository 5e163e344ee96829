"""Another application in the account, which takes of the quota what it can get."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chaos.kinds import KINDS
from support.world import BUCKET, World

KEY = "neighbour/film.mp4"
_HOURS_MS = 3 * 3600 * 1000


class Neighbour:
    """Its jobs last until it ends them, and report to reelsift's topic: foreign completions are part of life."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._serial = 0
        # It asks once: what there is no room for it goes without.
        self._client: Any = boto3.client(
            "rekognition",
            endpoint_url=world.cloud.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}),
        )
        world.put_video(KEY, 1, answer=KINDS[0].answers(_HOURS_MS)["content_moderation"])

    def take(self, jobs: int) -> list[str]:
        """Start so many, or as many as there is room for; their ids."""
        taken = []
        for _ in range(jobs):
            self._serial += 1
            try:
                answer = self._client.start_content_moderation(
                    Video={"S3Object": {"Bucket": BUCKET, "Name": KEY}},
                    ClientRequestToken=f"neighbour-{self._serial}",
                    JobTag=f"neighbour-{self._serial}",
                    NotificationChannel={
                        "SNSTopicArn": self._world.env["REELSIFT_COMPLETIONS_TOPIC_ARN"],
                        "RoleArn": self._world.env["REELSIFT_REKOGNITION_ROLE_ARN"],
                    },
                )
            except (ClientError, BotoCoreError):
                continue
            taken.append(answer["JobId"])
        return taken

    def give_back(self, job_ids: list[str]) -> None:
        """End these jobs."""
        if job_ids:
            self._world.cloud.finish_jobs(*job_ids)
