"""What Rekognition's raw answers say of videos, read from the work bucket and judged without the product's help."""

import gzip
import json
from typing import Any

from support.world import ALERTING, World

LABEL = "Violence"


def answer(confidence: float | None) -> dict[str, Any]:
    """An answer about moderation that shows LABEL once at a confidence of 0-100, or nothing."""
    label = {"Name": LABEL, "ParentName": "", "Confidence": confidence, "TaxonomyLevel": 1}
    labels = [] if confidence is None else [{"Timestamp": 500, "ModerationLabel": label}]
    return ALERTING | {"ModerationLabels": labels}


def policy(*, review: float, reject: float) -> dict[str, Any]:
    """A policy on LABEL alone."""
    return {"content_moderation": {LABEL: {"review": review, "reject": reject}}}


def verdicts(world: World, *, review: float, reject: float) -> dict[str, str]:
    """What that policy makes of the newest raw answer of each video, by its key."""
    expected = {}
    for row in world.videos():
        most = _highest(world, row)
        expected[row["key"]] = "reject" if most >= reject else "review" if most >= review else "approve"
    return expected


def _highest(world: World, row: dict[str, Any]) -> float:
    s3, bucket = world.client("s3"), world.env["REELSIFT_WORK_BUCKET"]
    stored = s3.list_objects_v2(Bucket=bucket, Prefix=f"raw/{row['video_id']}/")["Contents"]
    newest = max(stored, key=lambda each: each["LastModified"])
    pages = _pages(s3.get_object(Bucket=bucket, Key=newest["Key"])["Body"].read())
    return max(
        (
            seen["ModerationLabel"]["Confidence"]
            for page in pages
            for seen in page["ModerationLabels"]
            if seen["ModerationLabel"]["Name"] == LABEL
        ),
        default=0,
    )


def _pages(body: bytes) -> list[dict[str, Any]]:
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    document = json.loads(text)
    return list(document if isinstance(document, list) else document.get("pages", [document]))
