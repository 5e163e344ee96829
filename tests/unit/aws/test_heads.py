"""What a HEAD tells of a video, also of one that cannot be analysed."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelsift.aws.context_metadata import metadata_context
from reelsift.aws.objects import ObjectUnusable, Videos
from reelsift.domain.context import MOST_BYTES
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId, with_context_of
from reelsift.domain.video import MAX_VIDEO_BYTES, ObjectRef, Video

HEAD = {"ContentLength": 5, "ETag": '"e"', "VersionId": "v", "LastModified": datetime(2026, 11, 30, tzinfo=UTC)}
VIDEO = Video("videos", "a.mp4", "e", "v", 5, datetime(2026, 11, 30, tzinfo=UTC))


def videos(head: dict[str, Any], *keys: str) -> Videos:
    async def head_object(**_: str) -> dict[str, Any]:
        return HEAD | head

    async def head_bucket(**_: str) -> dict[str, Any]:
        return {}

    client = SimpleNamespace(
        meta=SimpleNamespace(region_name="eu-west-1"), head_bucket=head_bucket, head_object=head_object
    )
    return Videos(cast("Any", client), frozenset({"videos"}), frozenset({"arn:ours"}), keys)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ({"ContentLength": MAX_VIDEO_BYTES + 1}, Reason.TOO_LARGE),
        ({"ContentLength": 0}, Reason.EMPTY_OBJECT),
        ({"StorageClass": "GLACIER"}, Reason.ARCHIVED),
        ({"SSEKMSKeyId": "arn:theirs"}, Reason.KEY_NOT_ALLOWED),
    ],
    ids=str,
)
async def test_a_refused_object_names_the_content_that_it_holds(head: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(ObjectUnusable) as raised:
        await videos(head | {"Metadata": {"owner": "u-17"}}, "owner").head(ObjectRef("videos", "a.mp4"))
    assert raised.value.failure.reason is reason
    video = raised.value.video
    assert video is not None
    assert (video.video_id, video.etag, video.version_id) == (VIDEO.video_id, "e", "v")
    assert (video.size, video.context) == (head.get("ContentLength", 5), {"owner": "u-17"})


async def test_of_a_bucket_that_may_not_be_asked_no_content_is_known() -> None:
    with pytest.raises(ObjectUnusable) as raised:
        await videos({}).head(ObjectRef("others", "a.mp4"))
    assert raised.value.video is None


async def test_metadata_that_the_deployment_asks_for_are_context_and_make_no_video_another_one() -> None:
    metadata = {"Metadata": {"owner": "u-17", "title": "=?UTF-8?B?TcO8bmNoZW4=?=", "secret": "x"}}
    video = await videos(metadata, "title", "owner", "language").head(ObjectRef("videos", "a.mp4"))
    assert video == VIDEO
    assert video.context == {"title": "München", "owner": "u-17"}
    assert (await videos(metadata).head(ObjectRef("videos", "a.mp4"))).context is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?M=C3=BCnchen?= 2026", "München 2026"),
        ("=?nonsense?B?TcO8?=", "=?nonsense?B?TcO8?="),
        ("=?UTF-8?B?%%%%?=", "=?UTF-8?B?%%%%?="),
        ("a=?b", "a=?b"),
        ("=?UTF-8?B?/w==?=", "=?UTF-8?B?/w==?="),
    ],
)
def test_what_a_header_cannot_hold_is_decoded_and_what_is_no_code_stays(value: str, told: str) -> None:
    assert metadata_context({"title": value}, ["title"]) == {"title": told}


def test_what_a_line_says_itself_goes_before_the_metadata_of_its_object() -> None:
    video = Video("videos", "a.mp4", "e", context={"owner": "m-1", "language": "de", "title": "t" * MOST_BYTES})
    line = Line(LineId("b", "l", 0), ObjectRef("videos", "a.mp4"), 1, context={"owner": "u-17"})
    told = with_context_of(line, video)
    assert told.context == {"owner": "u-17", "language": "de", "_left_out": "title"}
    assert with_context_of(told, video) == told
    assert with_context_of(line, VIDEO) is line
