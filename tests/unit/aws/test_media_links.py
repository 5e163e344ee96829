"""Links to videos, and where a page may show them from. Nothing is asked: signing needs no connection."""

from urllib.parse import parse_qs, urlsplit

import pytest

from reelsift.aws.clients import Clients
from reelsift.aws.media_links import MediaLinks
from reelsift.domain.video import Video

VIDEO = Video("acme-videos", "clips/a b/ü.mp4", "e" * 32, version_id="v 1")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1"])
async def test_a_link_leads_to_the_regions_own_host_and_names_the_version(region: str) -> None:
    async with Clients(region) as clients:
        link = urlsplit(await MediaLinks(clients).sign(VIDEO, seconds=300))
    assert link.netloc == f"acme-videos.s3.{region}.amazonaws.com"
    assert link.path == "/clips/a%20b/%C3%BC.mp4"
    signed = parse_qs(link.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert (signed["X-Amz-Expires"], signed["versionId"]) == (["300"], ["v 1"])


async def test_pages_may_show_videos_from_the_hosts_of_their_buckets_and_from_nowhere_else() -> None:
    async with Clients("eu-west-1") as clients:
        sources = await MediaLinks(clients).sources({"acme-videos", "videos.acme.example"})
    assert sources == [
        "https://acme-videos.s3.eu-west-1.amazonaws.com",
        # A certificate for hosts below a host with dots does not exist.
        "https://s3.eu-west-1.amazonaws.com/videos.acme.example/",
    ]


async def test_another_endpoint_knows_buckets_by_their_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    async with Clients("us-east-1") as clients:
        links = MediaLinks(clients)
        assert await links.sources({"acme-videos", "a.b"}) == [
            "http://127.0.0.1:4566/a.b/",
            "http://127.0.0.1:4566/acme-videos/",
        ]
        assert (await links.sign(VIDEO, seconds=60)).startswith("http://127.0.0.1:4566/acme-videos/clips/a%20b/")
