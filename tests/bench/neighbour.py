"""A second application in the same account, which keeps jobs of its own open and so takes a part of the quota."""

import threading
import time
from typing import Any

from botocore.exceptions import ClientError

from support.world import BUCKET, World

START = "StartLabelDetection"
"""Its jobs' operation in the ledger: those of the systems that are compared start content moderation."""

_KEY = "neighbour.mp4"
_TRY_S = 0.2
"""How often it asks for a place that it misses."""


class Neighbour:
    """Keeps `places` jobs open while it is there: always, or for `there_s` seconds of every `there_s` + `away_s`."""

    def __init__(
        self, world: World, places: int, *, video_s: float, there_s: float | None = None, away_s: float = 0.0
    ) -> None:
        """Its video lasts `video_s` seconds; the world's cloud says by a factor how long a job on it takes."""
        world.put_video(_KEY, video_s)
        self._rekognition = world.client("rekognition")
        self._job_s = video_s * world.cloud.knobs()["job_factor"]
        self._places = places
        self._there_s = there_s
        self._away_s = away_s
        self._leave = threading.Event()
        self._here = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        """Returns once it has its places."""
        self._thread.start()
        self._here.wait()

    def stop(self) -> None:
        self._leave.set()
        self._thread.join()

    def _live(self) -> None:
        began = time.monotonic()
        ends: list[float] = []
        while not self._leave.is_set():
            now = time.monotonic()
            ends = [end for end in ends if end > now]
            while self._there(now - began) and len(ends) < self._places and self._started():
                ends.append(time.monotonic() + self._job_s)
            if len(ends) == self._places:
                self._here.set()
            self._leave.wait(min([_TRY_S, *(max(0.0, end - time.monotonic()) for end in ends)]))

    def _there(self, elapsed: float) -> bool:
        return self._there_s is None or elapsed % (self._there_s + self._away_s) < self._there_s

    def _started(self) -> bool:
        video: Any = {"S3Object": {"Bucket": BUCKET, "Name": _KEY}}
        try:
            self._rekognition.start_label_detection(Video=video)
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] in {"LimitExceededException", "ThrottlingException"}:
                return False
            raise
        return True
