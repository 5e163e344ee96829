import pytest

from reelsift.cli.presence_words import nobody_works
from reelsift.domain.presence import Presence


def test_on_the_embedded_cloud_a_person_starts_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    words = nobody_works(Presence(None, now_ms=0))
    assert words == "no worker has ever reported: `reelsift worker` in another terminal starts one"


def test_on_aws_one_is_being_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    words = nobody_works(Presence(0, now_ms=90_000))
    assert words.startswith(
        "no worker has reported for 2 min: on AWS the work that waits wakes one, which takes 4 to 7"
    )
