"""What a line, and the metadata of its object, say about a video reaches the job, whichever way the line came."""

from reelsift.domain.analysis import Analysis
from reelsift.domain.job import JobKey
from reelsift.domain.video import ObjectRef
from support.site import Sites


async def test_the_line_and_the_metadata_of_its_object_make_one_context(sites: Sites) -> None:
    async with sites(context_metadata="Owner, title,language") as site:
        site.put_video("a.mp4", Metadata={"owner": "m-1", "title": "=?UTF-8?B?TcO8bmNoZW4=?=", "secret": "x"})
        site.put_video("b.mp4", seed=1)
        async with site.worker():
            await site.send("a.mp4", "b", context={"owner": "u-17", "views": 3, "tags": ["a"]})
            await site.deployment.intake_for(priority=False).send(
                [f"bucket,key,context.notice_id\n{site.bucket},b.mp4,n-5"]
            )
            outcomes = await site.outcomes("b", 1)
            await site.state("b.mp4", "CLOSED")
            await site.quiet()
        context = {"owner": "u-17", "views": "3", "title": "München", "_left_out": "tags"}
        assert outcomes["a.mp4"].context == context
        for key, expected in (("a.mp4", context), ("b.mp4", {"notice_id": "n-5"})):
            video = await site.deployment.videos.head(ObjectRef(site.bucket, key))
            job = await site.deployment.jobs.get(JobKey(video.video_id, Analysis.CONTENT_MODERATION))
            assert job is not None
            assert job.asked.context == expected
