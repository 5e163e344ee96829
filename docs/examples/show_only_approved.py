"""Shows a video only while its newest status allows that. `python show_only_approved.py QUEUE_URL` listens."""

import json
import sys

import boto3

SHOWN_WITH = {"warning_label", "demote", "demonetise"}


class Showing:
    """What was heard. The dictionaries stand for two tables: `newest` is written on condition of a lower revision."""

    def __init__(self):
        self.newest = {}  # by video_id: the event of the highest revision that was heard
        self.videos = {}  # by bucket, key and ETag: the video_id

    def hear(self, event):
        if event["detail-type"] != "Video Status Changed":
            return
        detail = event["detail"]
        video, known = detail["video"], self.newest.get(detail["video"]["video_id"])
        if "etag" in video:  # of a sealed video the event names no object
            self.videos[video["bucket"], video["key"], video["etag"]] = video["video_id"]
        if known is None or known["revision"] < detail["revision"]:
            self.newest[video["video_id"]] = detail

    def show(self, bucket, key, etag, *, age, country):
        """How the object with this ETag is to be shown to somebody: None is not at all."""
        newest = self.newest.get(self.videos.get((bucket, key, etag)), {"status": "never heard of"})
        if newest["status"] == "approved":
            return {}
        restriction = newest.get("restriction", {})  # none: cut out of an event that was too long
        if (
            newest["status"] != "restricted"
            or not restriction
            or restriction.keys() - SHOWN_WITH - {"age", "territories"}
        ):
            return None  # also what was added to restrictions since this was written
        if country not in restriction.get("territories", [country]):
            return {}
        if not restriction.keys() - {"territories"}:
            return None  # territories alone: there it is not to be shown
        if age < restriction.get("age", 0):
            return None
        return {name: restriction[name] for name in SHOWN_WITH & restriction.keys()}


def listen(sqs, queue_url, showing):
    """One round. A message is deleted once what it says is kept: whoever dies before hears it again."""
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        showing.hear(json.loads(message["Body"]))
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    heard = Showing()
    while True:
        listen(boto3.client("sqs"), sys.argv[1], heard)
