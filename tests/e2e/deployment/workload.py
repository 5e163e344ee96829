"""Videos of every kind, and every way in which they come to be analysed."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from e2e.deployment.deployed import Deployed
from reelsift.aws.queue import REASON_ATTRIBUTE
from reelsift.domain.analysis import Analysis
from reelsift.manifests.messages import AttemptMessage, encode_attempt
from rekognition_cloud.clips import clip
from support.world import ALERTING
from unit.manifests.inventory_builder import CURRENT, Entry, checksum, data_file, manifest

FOLDER = "permissions"
"""Where all of these videos lie."""

_FAILED = {"JobStatus": "FAILED", "StatusMessage": "An internal error, as Rekognition has them."}

EXPECTED = {
    "version.mp4": "SUCCEEDED",
    "alert.mp4": "SUCCEEDED",
    "labels.mp4": "SUCCEEDED",
    "fails.mp4": "rekognition_failed",
    "fails at once.mp4": "rekognition_failed",
    "text.mp4": "unsupported_codec",
    "missing.mp4": "object_missing",
    "first.mp4": "SUCCEEDED",
    "second.mp4": "SUCCEEDED",
    "given up.mp4": "SUCCEEDED",
    "given up too.mp4": "SUCCEEDED",
    "listed.mp4": "SUCCEEDED",
    "batch/0.mp4": "SUCCEEDED",
    "batch/1.mp4": "SUCCEEDED",
    "batch/2.mp4": "SUCCEEDED",
    "event.mp4": "SUCCEEDED",
    "one.twin": "SUCCEEDED",
    "two.twin": "SUCCEEDED",
}
"""What becomes of each: its status, or the reason why it failed."""


class Videos:
    """Puts objects into the deployment's own data bucket, as its owner."""

    def __init__(self, deployed: Deployed) -> None:
        self.s3 = deployed.client("s3")
        (self.bucket,) = [
            name for name in deployed.outputs["data_buckets"] if name.startswith(f"{deployed.deployment}-videos-")
        ]
        (self.without_versions,) = [name for name in deployed.outputs["data_buckets"] if name != self.bucket]
        # Content of its own in every run: what was analysed before is not analysed again.
        self._seed = secrets.randbelow(10**9)

    def put(self, name: str, answer: Any = None, bucket: str = "", body: bytes | None = None) -> dict[str, str]:
        """A video of its own content, and beside it what Rekognition is to answer; gives bucket, key and version."""
        self._seed += 1
        place = {"Bucket": bucket or self.bucket, "Key": f"{FOLDER}/{name}"}
        if answer is not None:
            beside = place | {"Key": f"{place['Key']}.content_moderation.json"}
            self.s3.put_object(**beside, Body=json.dumps(answer))
        stored = self.s3.put_object(**place, Body=clip(1, seed=self._seed) if body is None else body)
        return {"bucket": place["Bucket"], "key": place["Key"], "version": stored.get("VersionId", "")}

    def version(self, name: str) -> str:
        """The version that is current of a video."""
        return str(self.s3.head_object(Bucket=self.bucket, Key=f"{FOLDER}/{name}")["VersionId"])

    def put_twins(self) -> str:
        """Two videos of one content, whose SHA-256 S3 knows; gives their manifest. No event starts such names."""
        self._seed += 1
        body = clip(1, seed=self._seed)
        keys = [f"{FOLDER}/{name}.twin" for name in ("one", "two")]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256")
        return "".join(f"{self.bucket},{key}\n" for key in keys)

    def put_answers(self) -> str:
        """Two videos, an answer about one as an object and about the other below a prefix; gives their list. No event
        starts such names.
        """
        rows = ["bucket,key,etag,answer"]
        for name, place, stored in (("one", "one.json", "one.json"), ("two", "two/", "two/1.json")):
            self._seed += 1
            key, answer = f"{FOLDER}/{name}.answered", f"{FOLDER}/answers/{stored}"
            put = self.s3.put_object(Bucket=self.bucket, Key=key, Body=clip(1, seed=self._seed))
            self.s3.put_object(Bucket=self.bucket, Key=answer, Body=json.dumps(ALERTING))
            rows.append(f"{self.bucket},{key},{put['ETag'].strip(chr(34))},s3://{self.bucket}/{FOLDER}/answers/{place}")
        return "\n".join(rows)


def _line(place: Mapping[str, str], **members: Any) -> str:
    return json.dumps({"bucket": place["bucket"], "key": place["key"], **members})


def send_lines(deployed: Deployed, videos: Videos) -> None:
    """Lines of every kind: good, bad, several in one message, with a version, of labels, on every queue."""
    sqs = deployed.client("sqs")

    def send(queue: str, *bodies: str) -> None:
        for body in bodies:
            sqs.send_message(QueueUrl=deployed.queue_url(queue), MessageBody=body)

    # Not sent: its event starts it.
    videos.put("event.mp4")
    for number in range(3):
        videos.put(f"batch/{number}.mp4")
    versioned = videos.put("version.mp4")
    first, second = videos.put("first.mp4"), videos.put("second.mp4")
    # What the queue's own redrive brought here, nobody has judged.
    send("intake-dead", _line(videos.put("given up.mp4")))
    send("priority-dead", _line(videos.put("given up too.mp4")))
    send("priority", _line(videos.put("alert.mp4", answer=ALERTING)), '{"broken": ')
    send("priority", _line(videos.put("fails at once.mp4", answer=_FAILED)))
    # A due attempt that was judged waits for a person, and one that was not for a worker.
    due = encode_attempt(AttemptMessage("0" * 40, Analysis.LABELS, 1))
    send("begun", '{"broken": ')
    send("begun-dead", due)
    judged: Any = {REASON_ATTRIBUTE: {"DataType": "String", "StringValue": "gave_up: of old"}}
    sqs.send_message(QueueUrl=deployed.queue_url("begun-dead"), MessageBody=due, MessageAttributes=judged)
    send("completion", "nothing that Rekognition would say")
    both = json.dumps([{"bucket": first["bucket"], "key": one["key"]} for one in (first, second)])
    send("priority", both)
    send(
        "intake",
        _line(versioned, version=versioned["version"]),
        _line(videos.put("labels.mp4"), analyses=list(Analysis)),
        _line(videos.put("fails.mp4", answer=_FAILED)),
        _line(videos.put("text.mp4", body=b"no video")),
        _line({"bucket": videos.bucket, "key": f"{FOLDER}/missing.mp4"}),
        both,
        "neither a line nor an event",
    )


def deliver_inventory(deployed: Deployed, videos: Videos) -> None:
    """Writes an inventory of one video into the work bucket as S3 does, the checksum last."""
    listed = videos.put("listed.mp4")
    work, root = deployed.outputs["work_bucket"], f"inventory/{videos.bucket}/permissions"
    data = {f"{root}/data/1.parquet": data_file("Parquet", [Entry(listed["key"], bucket=videos.bucket)], CURRENT)}
    body = manifest("Parquet", data, CURRENT, source=videos.bucket, destination=work)
    folder = f"{root}/2026-08-01T01-00Z"
    for key, content in {
        **data,
        f"{folder}/manifest.json": body,
        f"{folder}/manifest.checksum": checksum(body),
    }.items():
        videos.s3.put_object(Bucket=work, Key=key, Body=content)
