"""The consumer of the documentation shows what the truth allows, whatever becomes of events on their way."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.video import Video
from support import example_consumer

EXAMPLE = example_consumer.load()
GUIDE = (example_consumer.PATH.parents[1] / "events.md").read_text(encoding="utf-8")


def identity_of(key: str, etag: str) -> str:
    return Video("videos", key, etag, size=1).video_id


VIEWERS = [(12, "DE"), (12, "US"), (30, "DE"), (30, "US")]
"""Ages and countries."""

restrictions = st.fixed_dictionaries(
    {},
    optional={
        "age": st.just(18),
        "territories": st.sampled_from([["DE"], ["DE", "FR"]]),
        "warning_label": st.just("Violence"),
        "demote": st.just("true"),
        "demonetise": st.just("true"),
        "added_later": st.just("x"),
    },
).filter(bool)
statuses = st.one_of(
    st.sampled_from(["approved", "in_review", "rejected", "failed"]).map(lambda status: {"status": status}),
    restrictions.map(lambda restriction: {"status": "restricted", "restriction": restriction}),
    st.just({"status": "restricted", "truncated": ["restriction"]}),
    st.just({"status": "rejected", "sealed": True}),
)
contents = st.dictionaries(
    st.tuples(st.sampled_from(["a.mp4", "b.mp4"]), st.sampled_from(["e1", "e2", "e3"])),
    st.lists(statuses, min_size=1, max_size=5),
    max_size=5,
)
"""Each content that a key ever had, by key and ETag, with its statuses from revision 1 on."""


def events(told: dict[tuple[str, str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    made = []
    for (key, etag), revisions in told.items():
        identity = {"video_id": identity_of(key, etag)}
        place = {"bucket": "videos", "key": key, "etag": etag}
        for number, status in enumerate(revisions, 1):
            sealed = status.get("sealed", False)
            members = {name: value for name, value in status.items() if name != "sealed"}
            detail = {"revision": number, "video": identity | ({} if sealed else place), **members}
            made.append({"detail-type": "Video Status Changed", "detail": detail})
    return made


def allowed(status: dict[str, Any] | None, age: int, country: str) -> dict[str, Any] | None:
    """What a status means for a viewer, in other words than the example's."""
    if status is None or status["status"] in {"in_review", "rejected", "failed"}:
        return None
    rule = status.get("restriction")
    if status["status"] == "restricted" and (rule is None or "added_later" in rule):
        return None
    if rule is None or ("territories" in rule and country not in rule["territories"]):
        return {}
    if set(rule) == {"territories"} or rule.get("age", 0) > age:
        return None
    return {name: value for name, value in rule.items() if name not in {"age", "territories"}}


@given(contents, st.randoms(use_true_random=False), st.data())
def test_at_each_moment_it_shows_what_the_newest_that_it_heard_allows(
    told: dict[tuple[str, str], list[dict[str, Any]]], chance: random.Random, data: st.DataObject
) -> None:
    deliveries = events(told)
    # Some twice, in any order, and then some never again.
    deliveries += data.draw(st.lists(st.sampled_from(deliveries), max_size=5)) if deliveries else []
    chance.shuffle(deliveries)
    showing, heard = EXAMPLE.Showing(), dict[str, dict[str, Any]]()
    named: set[str] = set()
    for event in deliveries:
        showing.hear(event)
        detail = event["detail"]
        identity = detail["video"]["video_id"]
        named |= {identity} if "etag" in detail["video"] else set()
        if detail["revision"] > heard.get(identity, {"revision": 0})["revision"]:
            heard[identity] = detail
        for key in ("a.mp4", "b.mp4"):
            # Whichever content lies at the key now.
            for etag in ("e1", "e2", "e3", "never sent"):
                identity = identity_of(key, etag)
                newest = heard.get(identity) if identity in named else None
                for age, country in VIEWERS:
                    shown = showing.show("videos", key, etag, age=age, country=country)
                    assert shown == allowed(newest, age, country)
    # All has come: what is shown is the truth.
    for (key, etag), revisions in told.items():
        for age, country in VIEWERS:
            shown = showing.show("videos", key, etag, age=age, country=country)
            assert shown == allowed(revisions[-1], age, country)


def test_other_events_of_the_bus_change_nothing() -> None:
    showing = EXAMPLE.Showing()
    showing.hear({"detail-type": "Appeal Decided", "detail": {"video": {"video_id": "v"}, "revision": 1}})
    assert (showing.newest, showing.videos) == ({}, {})


def test_the_guide_shows_it_as_it_is() -> None:
    assert f"```python\n{example_consumer.PATH.read_text(encoding='utf-8')}```\n" in GUIDE
