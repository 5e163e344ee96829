"""Objects in S3 say the status of their video, whichever of them a line has named."""

from typing import Any
from urllib.parse import urlencode

import boto3

from reelsift.domain.action_failed import ACTION_FAILED
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.object_tags import STATUS_TAG
from support.listening import Listening
from support.site import Site, Sites, until
from support.world import CLEAN

APPROVED = {STATUS_TAG: "approved"}


def tags(site: Site, key: str, version: str | None = None) -> dict[str, str]:
    """The tags of an object as whoever reads the bucket sees them."""
    named: Any = {} if version is None else {"VersionId": version}
    answer = boto3.client("s3").get_object_tagging(Bucket=site.bucket, Key=key, **named)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


async def tagged(site: Site, key: str, version: str | None = None, /, **expected: str) -> None:
    """Waits until an object has exactly these tags."""

    async def probe() -> bool:
        return tags(site, key, version) == expected

    await until(probe, f"{key} has the tags {expected}")


async def test_each_version_that_a_line_names_is_tagged_and_other_tags_stay(sites: Sites) -> None:
    async with sites(tag_objects="true", reconcile_s="0.2", recheck_running_s="600") as site:
        site.put_video("a.mp4", answer=CLEAN, Tagging="team=news")
        site.put_video("a.mp4")
        listed = boto3.client("s3").list_object_versions(Bucket=site.bucket, Prefix="a.mp4")["Versions"]
        versions = {version["IsLatest"]: version["VersionId"] for version in listed if version["Key"] == "a.mp4"}
        old, new = versions[False], versions[True]
        async with site.worker():
            await site.send("a.mp4", "b")
            await site.outcomes("b", 1)
            await tagged(site, "a.mp4", **APPROVED)
            assert tags(site, "a.mp4", old) == {"team": "news"}
            # The same bytes: it ends at once, with the answer that is there.
            await site.send("a.mp4", version_id=old)
            await tagged(site, "a.mp4", old, **{"team": "news", **APPROVED})
            assert tags(site, "a.mp4", new) == APPROVED


async def test_in_a_bucket_without_versions_what_is_put_once_more_is_tagged_again(sites: Sites) -> None:
    async with sites(versioned=False, tag_objects="true", reconcile_s="0.2", recheck_running_s="600") as site:
        site.put_video("a.mp4", answer=CLEAN)
        async with site.worker():
            await site.send("a.mp4", "b")
            await tagged(site, "a.mp4", **APPROVED)
            site.put_video("a.mp4")
            assert tags(site, "a.mp4") == {}
            await site.send("a.mp4")
            await tagged(site, "a.mp4", **APPROVED)


async def test_where_there_is_no_room_for_the_tag_somebody_hears_of_it_and_the_line_has_ended(sites: Sites) -> None:
    async with sites(tag_objects="true", reconcile_s="0.2", recheck_running_s="600") as site:
        bus = Listening(site.books, site.deployment.settings.deployment)
        ten = {f"team-{number}": "x" for number in range(10)}
        site.put_video("a.mp4", answer=CLEAN, Tagging=urlencode(ten))
        async with site.worker():
            await site.send("a.mp4", "b")

            async def told() -> bool:
                return any(event["detail-type"] == ACTION_FAILED for event in bus.heard())

            await until(told, "the failure is told")
            assert (await site.outcomes("b", 1))["a.mp4"].status is OutcomeStatus.SUCCEEDED
        (detail,) = (event["detail"] for event in bus.heard() if event["detail-type"] == ACTION_FAILED)
        assert (detail["reason"], detail["given_up"], detail["video"]["key"]) == ("too_many_tags", False, "a.mp4")
        assert tags(site, "a.mp4") == ten
