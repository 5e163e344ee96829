"""What reviewers ask of the console, over HTTP: what they are given, keep, decide and take back."""

import asyncio
import json
import logging
import socket
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS
from reelsift.console.reviewing.desk import Desk
from reelsift.console.viewer import Role
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import ItemCause
from reelsift.reviews.claims import ClaimDesk
from reelsift.reviews.giving_back import give_back
from support.console_items import Waiting, peak, segment, waiting_in
from support.console_site import SIGN_OUT_URL, Answer, ConsoleSite, Person
from support.eventually import eventually
from support.patience import PATIENCE_S
from support.world import BUCKET

pytestmark = pytest.mark.process

REVIEWER = Role.REVIEWER


@pytest.fixture
def queue() -> str:
    """A queue that no other test uses: all of them share one deployment."""
    return f"q{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def waiting(site: ConsoleSite) -> Iterator[Waiting]:
    with waiting_in(site.world) as waiting:
        yield waiting


def somebody(site: ConsoleSite, name: str, *roles: Role) -> Person:
    """A reviewer, or somebody with other roles, whom no other test knows."""
    return site.person(f"{name} {uuid.uuid4().hex[:8]}", *(roles or (REVIEWER,)))


def key_of(item: Any) -> str:
    return str(item["video"]["key"])


def given(person: Person, queue: str, **members: Any) -> Any:
    """The next item of a queue, or that there is none."""
    answer = person.post("/api/next", {"queues": [queue], **members})
    assert answer.status == 200, answer.body
    return answer.body


def found(person: Person, video_id: str) -> Any:
    """A video that waits in the common queue, whatever waits there before it."""
    for _ in range(50):
        item = given(person, "default")
        if item["video_id"] == video_id:
            return item
        person.post(f"/api/claims/{item['video_id']}/skip")
    raise AssertionError(video_id)


def decision(item: Any, action: str, **members: Any) -> dict[str, Any]:
    """What the page sends to decide an item that it has shown."""
    return {
        "video_id": item["video_id"],
        "action": action,
        "seen_decision": item["seen_decision"],
        "etag": item["video"]["etag"],
        "idempotency_key": uuid.uuid4().hex,
        "seen": {"painted_ms": 900, "peaks_opened": 1, "played_ms": 0},
        **members,
    }


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["error"]


def status_of(site: ConsoleSite, item: Any) -> str | None:
    return site.status(key_of(item))


def fetched(url: str) -> bytes:
    """What a browser is given under a link."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 -- the embedded cloud's
        return bytes(answer.read())


def new_key() -> str:
    return f"{uuid.uuid4().hex}.mp4"


def test_an_item_says_why_it_waits_where_to_look_and_what_was_seen_when(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    key = new_key()
    video_id = waiting.review(
        key,
        peak("Weapons", 91.5, "Violence", at_ms=20_000),
        beside=[
            segment("Smoking", 40.0, "Drugs & Tobacco", at_ms=5000),
            segment("Shot", 100.0, at_ms=500, analysis="segments"),
            segment("BlackFrames", 99.0, at_ms=2500, analysis="segments"),
        ],
        queue=queue,
    )
    item = given(somebody(site, "ann"), queue)
    assert (item["video_id"], item["cause"], item["queue"], key_of(item)) == (video_id, "verdict", queue, key)
    (reason,) = item["verdict"]["reasons"]
    assert reason | {"words": []} == {
        "analysis": "content_moderation",
        "label": "Weapons",
        "parents": ["Violence"],
        "category": "Violence",
        "max_confidence": 91.5,
        "peak_ms": 20_000,
        "start_ms": 19_500,
        "end_ms": 21_500,
        "segments": 1,
        "seconds": 2.0,
        "words": [],
    }
    assert [(each["ms"], each["label"], each["above_threshold"]) for each in item["peaks"]] == [
        (5000, "Smoking", False),
        (20_000, "Weapons", True),
    ]
    lanes = {lane["label"]: lane for group in item["lanes"]["groups"] for lane in group["lanes"]}
    assert [bar["start_ms"] for bar in lanes["Weapons"]["bars"]] == [19_500]
    assert item["lanes"]["ruler"] == {"shots": [0], "black": [[2000, 4000]]}
    assert item["grave"]
    assert item["status"] == "in_review"
    assert item["seen_decision"] == 0


def test_of_twenty_at_once_nobody_is_given_what_somebody_else_has(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    for _ in range(12):
        waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    had: list[Any] = []
    together = threading.Barrier(20)

    def review(person: Person) -> None:
        together.wait()
        had.append(given(person, queue))

    people = [somebody(site, f"r{number}") for number in range(20)]
    threads = [threading.Thread(target=review, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    videos = [item["video_id"] for item in had if "video_id" in item]
    assert len(had) == 20
    assert len(videos) == len(set(videos)) == 12
    assert {item["code"] for item in had if "nothing" in item} == {"empty"}


def test_one_is_held_and_one_taken_ahead_and_a_reload_finds_both(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    for confidence in (90.0, 80.0, 70.0):
        waiting.review(new_key(), peak("Weapons", confidence, "Violence"), queue=queue)
    ann = somebody(site, "ann at two")
    first = given(ann, queue)
    ahead = given(ann, queue, ahead=True)
    assert first["video_id"] != ahead["video_id"]
    assert given(ann, queue)["video_id"] == first["video_id"]
    assert given(ann, queue, ahead=True)["video_id"] == ahead["video_id"]
    assert ann.get(f"/api/claims/{first['video_id']}").body["claim"] == first["claim"]
    assert ann.post(f"/api/claims/{first['video_id']}/renew").body["renewed_ms"] >= first["claim"]["renewed_ms"]
    bob = somebody(site, "bob")
    assert refusal(bob.get(f"/api/claims/{first['video_id']}")) == (409, "not_claimed")
    assert ann.post("/api/break").status == 204
    assert given(bob, queue)["video_id"] == first["video_id"]


def at_once(*asked: Callable[[], Answer]) -> list[Answer]:
    """What several windows of one person, or several people, are answered who ask at the same time."""
    together = threading.Barrier(len(asked))

    def ask(one: Callable[[], Answer]) -> Answer:
        together.wait()
        return one()

    with ThreadPoolExecutor(len(asked)) as windows:
        return list(windows.map(ask, asked))


def claims_of(waiting: Waiting, person: Person) -> set[str]:
    """The videos that somebody has claimed."""
    by = person.get("/api/me").body["by"]

    async def read(deployment: Deployment) -> set[str]:
        shards = [await deployment.review_items.claims(shard, limit=1000) for shard in range(SHARDS)]
        return {claim.video_id for claims in shards for claim in claims if claim.by == by}

    return waiting.run(read)


def test_who_asks_ten_times_at_once_has_two_videos_and_the_same_by_every_answer(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    for _ in range(8):
        waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann = somebody(site, "ann of many windows")
    asked = [{"queues": [queue], "ahead": ahead} for ahead in (False, True) * 5]
    answers = at_once(*(partial(ann.post, "/api/next", body) for body in asked))
    assert [answer.status for answer in answers] == [200] * 10
    videos = {answer.body["video_id"] for answer in answers}
    assert len(videos) == 2
    assert claims_of(waiting, ann) == videos


def test_what_comes_back_by_several_undos_at_once_takes_the_place_of_what_was_taken_ahead(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    for _ in range(5):
        waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann = somebody(site, "ann of many undos")
    undos = []
    for _ in range(3):
        item = given(ann, queue)
        made = ann.post("/api/decisions", decision(item, "approve")).body
        undos.append(f"/api/decisions/{item['video_id']}/{made['decision']}/undo")
    at_work = given(ann, queue)["video_id"]
    given(ann, queue, ahead=True)
    back = ann.post(undos.pop()).body["video_id"]
    assert claims_of(waiting, ann) == {at_work, back}
    at_once(*(partial(ann.post, undo) for undo in undos))
    assert len(claims_of(waiting, ann)) == 2


def test_claims_that_ended_elsewhere_keep_nobody_from_the_next(site: ConsoleSite, waiting: Waiting, queue: str) -> None:
    for confidence in (99.0, 95.0, 80.0, 80.0):
        waiting.review(new_key(), peak("Weapons", confidence, "Violence"), queue=queue)
    ann = somebody(site, "ann who was away")
    decided, left = given(ann, queue)["video_id"], given(ann, queue, ahead=True)["video_id"]

    async def end(deployment: Deployment) -> None:
        claim = await deployment.review_items.claim_of(left)
        assert claim is not None
        assert await give_back(deployment.review_items, claim, stood_still=True)

    waiting.run(end)
    assert site.world.reelsift("decide", decided, "approve").returncode == 0
    both = {given(ann, queue)["video_id"], given(ann, queue, ahead=True)["video_id"]}
    assert len(both - {decided}) == 2
    assert claims_of(waiting, ann) == both


def test_what_was_claimed_for_a_window_that_got_no_answer_is_what_the_next_one_gets(
    site: ConsoleSite, waiting: Waiting, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann = somebody(site, "ann who hears nothing")

    async def dies(*_: Any) -> Any:
        raise ClientDisconnect

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "_begin", dies)
        assert ann.post("/api/next", {"queues": [queue]}).status == 400
    (claimed,) = claims_of(waiting, ann)
    assert given(ann, queue)["video_id"] == claimed


def test_what_was_begun_is_kept_when_a_video_goes_back_and_gone_once_it_is_decided(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who writes"), somebody(site, "bob")
    item = given(ann, queue)
    draft = {"note": "<b>look at 0:20</b>", "reasons": ["graphic_violence"], "restriction": None}
    assert ann.post(f"/api/claims/{item['video_id']}/release", {"draft": draft}).status == 204
    assert given(bob, queue)["draft"] is None
    assert bob.post(f"/api/claims/{item['video_id']}/release").status == 204
    item = given(ann, queue)
    assert item["draft"] == draft
    assert ann.post("/api/decisions", decision(item, "approve")).status == 200
    assert ann.put(f"/api/drafts/{'0' * 40}", draft).status == 404
    rows = [row["part"] for row in site.world.rows("reviewers")]
    assert f"draft#{item['video_id']}" not in rows


def test_what_is_skipped_does_not_come_again_and_what_is_parked_waits_for_the_colleague(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    for confidence in (90.0, 80.0):
        waiting.review(new_key(), peak("Weapons", confidence, "Violence"), queue=queue)
    ann, bob, eve = (somebody(site, f"{name} of parking") for name in ("ann", "bob", "eve"))
    bobs = bob.get("/api/me").body["by"]
    first = given(ann, queue)
    assert {"by": bobs, "name": bob.name} in ann.get("/api/colleagues").body
    assert ann.post(f"/api/claims/{first['video_id']}/park", {"for": bobs}).status == 204
    second = given(ann, queue)
    assert second["video_id"] != first["video_id"]
    assert ann.post(f"/api/claims/{second['video_id']}/skip").status == 204
    assert given(ann, queue)["code"] == "empty"
    assert given(eve, queue)["video_id"] == second["video_id"]
    # Whatever queue they ask for.
    assert given(bob, "default")["video_id"] == first["video_id"]


def test_nobody_is_given_what_they_decline_or_have_had_enough_of(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    grave = [waiting.review(new_key(), peak("Weapons", 99.0, "Violence"), queue=queue) for _ in range(2)]
    light = waiting.review(new_key(), peak("Gambling", 60.0), queue=queue)
    ann = somebody(site, "ann of limits")
    me = ann.get("/api/me").body
    chosen = me["preferences"] | {"declined": ["violence"]}
    assert ann.put("/api/me/preferences", chosen).body == chosen
    item = given(ann, queue)
    assert item["video_id"] == light
    assert given(ann, queue, ahead=True)["code"] == "declined"
    ann.post("/api/break")
    ann.put("/api/me/preferences", me["preferences"])
    waiting.run(lambda deployment: deployment.reviewer_rows.put_limits(me["by"], {"most_grave_in_a_row": 1}))
    assert given(ann, queue)["video_id"] in grave
    assert given(ann, queue, ahead=True)["video_id"] == light
    ann.post("/api/break")
    assert given(ann, queue)["video_id"] in grave
    ann.post("/api/break")
    # No light one came in between.
    waiting.run(lambda deployment: deployment.reviewer_rows.put_limits(me["by"], {"minutes_a_day": 1}))
    assert ann.post("/api/input", {"seconds": 60}).body == {"minutes": 1}
    assert given(ann, queue)["code"] == "minutes_used"
    waiting.run(
        lambda deployment: deployment.reviewer_rows.put_limits(me["by"], {"minutes_a_day": 1, "light_queues": [queue]})
    )
    assert "video_id" in given(ann, queue)


def test_nobody_is_given_or_told_of_queues_that_a_lead_does_not_let_them_see(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, lead = somebody(site, "ann of one queue"), somebody(site, "lea", Role.LEAD)
    by = ann.get("/api/me").body["by"]
    assert lead.put(f"/api/lead/limits/{by}", {"queues": ["another"]}).status == 200
    assert given(ann, queue)["code"] == "empty"
    assert ann.post("/api/next", {}).body["code"] == "empty"
    assert queue not in ann.get("/api/me").body["queues"]
    assert queue not in str(ann.get("/api/queues").body)
    assert lead.put(f"/api/lead/limits/{by}", {"queues": [queue]}).status == 200
    assert ann.get("/api/me").body["queues"] == [queue]
    assert "video_id" in given(ann, queue)


def test_a_decision_needs_the_claim_is_made_once_and_can_be_undone(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who decides"), somebody(site, "bob")
    item = given(ann, queue)
    body = decision(item, "reject", reasons=["graphic_violence"], note="a note")
    assert refusal(bob.post("/api/decisions", body)) == (409, "not_claimed")
    assert refusal(ann.post("/api/decisions", body | {"seen": {"painted_ms": 699}})) == (422, "refused")
    assert refusal(ann.post("/api/decisions", body | {"reasons": []})) == (422, "refused")
    assert refusal(ann.post("/api/decisions", body | {"action": "withdraw"})) == (422, "refused")
    assert status_of(site, item) == "in_review"
    made = ann.post("/api/decisions", body)
    assert made.status == 200
    # The answer was lost: the same is asked for once more.
    assert ann.post("/api/decisions", body).body == made.body
    assert status_of(site, item) == "rejected"
    (own,) = ann.get("/api/my/decisions").body
    assert (own["n"], own["action"], own["may_reopen"]) == (made.body["decision"], "reject", False)
    undone = ann.post(f"/api/decisions/{item['video_id']}/{own['n']}/undo")
    assert undone.body["video_id"] == item["video_id"]
    assert status_of(site, item) == "in_review"
    assert ann.get("/api/my/decisions").body == []
    assert refusal(ann.post(f"/api/decisions/{item['video_id']}/{own['n']}/undo")) == (404, "not_found")
    assert ann.get("/api/me").body["day"]["decided"] == 0


def test_after_its_undo_a_decision_is_looked_at_again(site: ConsoleSite, waiting: Waiting, queue: str) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann = somebody(site, "ann who looks again")
    item = given(ann, queue)
    made = ann.post("/api/decisions", decision(item, "approve")).body
    by = ann.get("/api/me").body["by"]

    async def age(deployment: Any) -> None:
        """As if `undo_s` had passed."""
        rows = deployment.reviewer_rows
        (own,) = await rows.own_decisions(by, since_ms=0)
        await rows.note_decision(by, replace(own, undo_until_ms=own.at_ms))

    waiting.run(age)
    assert refusal(ann.post(f"/api/decisions/{item['video_id']}/{made['decision']}/undo")) == (422, "refused")
    (own,) = ann.get("/api/my/decisions").body
    assert own["may_reopen"]
    assert own["undo_until_ms"] is None
    again = ann.post(f"/api/my/decisions/{item['video_id']}/reopen").body
    assert (again["cause"], again["status"], again["seen_decision"]) == ("requested", "approved", 1)
    assert again["last_decision"]["action"] == "approve"
    restricted = decision(again, "restrict", reasons=["adults_only"], age=18)
    assert ann.post("/api/decisions", restricted).status == 200
    assert status_of(site, item) == "restricted"


def test_what_somebody_else_decided_meanwhile_is_told_and_nothing_written(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann = somebody(site, "ann who is late")
    item = given(ann, queue)
    assert site.world.reelsift("decide", item["video_id"], "approve").returncode == 0
    late = ann.post("/api/decisions", decision(item, "reject", reasons=["graphic_violence"]))
    assert refusal(late) == (409, "decided_meanwhile")
    assert (late.body["action"], late.body["at_ms"] > 0) == ("approve", True)
    assert site.world.reelsift("review", "add", item["video_id"], "--queue", queue).returncode == 0
    again = given(ann, queue)
    assert again["video_id"] == item["video_id"]
    late = ann.post("/api/decisions", decision(item, "reject", reasons=["graphic_violence"]))
    assert refusal(late) == (409, "decided_meanwhile")
    assert late.body["action"] == "approve"
    assert status_of(site, item) == "approved"


def test_links_are_for_the_analysed_version_of_whoever_is_at_it_and_are_taken_down(
    site: ConsoleSite, waiting: Waiting, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="reelsift")
    key = new_key()
    waiting.review(key, peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who plays"), somebody(site, "bob")
    item = given(ann, queue)
    site.world.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"another content")
    link = ann.post(f"/api/videos/{item['video_id']}/link").body
    assert (link["content_type"], link["playable"]) == ("video/mp4", True)
    assert fetched(link["url"]) == key.encode()
    with pytest.raises(urllib.error.HTTPError):
        fetched(link["url"].replace("X-Amz-Expires=300", "X-Amz-Expires=3000"))
    assert refusal(bob.post(f"/api/videos/{item['video_id']}/link")) == (409, "not_claimed")
    lead = somebody(site, "lea", Role.LEAD)
    assert lead.post(f"/api/videos/{item['video_id']}/link").status == 200
    taken = [row for row in site.world.rows("reviewers") if row["part"].startswith("link#")]
    by = {person.name: person.get("/api/me").body["by"] for person in (ann, lead)}
    of_video = {row["principal"] for row in taken if item["video_id"] in str(row)}
    assert set(by.values()) <= of_video
    assert not [record for record in caplog.records if "X-Amz-Signature" in record.getMessage()]


def test_what_the_browser_cannot_play_waits_for_who_may_download(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), content_type="video/x-msvideo", queue=queue)
    ann, bob = somebody(site, "ann of old films"), somebody(site, "bob of downloads")
    item = given(ann, queue)
    assert not ann.post(f"/api/videos/{item['video_id']}/link").body["playable"]
    assert ann.post(f"/api/claims/{item['video_id']}/unplayable").status == 204
    assert given(ann, queue)["code"] == "empty"
    assert given(bob, "unplayable")["video_id"] == item["video_id"]


def test_one_key_seals_a_video_and_leaves_nothing_of_it_in_sight(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who seals"), somebody(site, "bob before")
    item = given(bob, queue)
    video = item["video_id"]
    made = bob.post("/api/decisions", decision(item, "approve")).body
    assert site.world.reelsift("review", "add", video, "--queue", queue).returncode == 0
    assert given(ann, queue)["video_id"] == video
    ann.put(f"/api/drafts/{video}", {"note": "help"})
    sealed = ann.post(f"/api/videos/{video}/seal", {"kind": "child_safety"})
    assert (sealed.status, sealed.raw) == (204, b"")
    assert ann.post(f"/api/videos/{video}/seal").status == 204
    assert site.status(key_of(item)) in {"rejected", None}
    for person in (ann, bob):
        assert refusal(person.post(f"/api/videos/{video}/link"))[0] in {404, 409}
        assert person.get(f"/api/claims/{video}").status in {404, 409}
        assert video not in str(person.get("/api/my/decisions").body)
        assert given(person, queue)["code"] == "empty"
    assert refusal(bob.post(f"/api/decisions/{video}/{made['decision']}/undo"))[0] in {404, 422}
    by = ann.get("/api/me").body["by"]
    kept = {row["part"] for row in site.world.rows("reviewers") if row["principal"] == by}
    assert not [part for part in kept if video in part]


def test_who_is_no_specialist_takes_nothing_back_of_what_was_sealed_since(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who was first"), somebody(site, "bob who seals it")
    item = given(ann, queue)
    video = item["video_id"]
    body = decision(item, "approve")
    made = ann.post("/api/decisions", body).body
    assert bob.post(f"/api/videos/{video}/seal").status == 204
    worker = site.world.worker()
    eventually(lambda: any(row["video_id"] == video and "stub" in row for row in site.world.rows("reviews")), "moved")
    worker.terminate()
    worker.stop(PATIENCE_S)
    by = ann.get("/api/me").body["by"]

    async def linger(deployment: Any) -> None:
        """As if `undo_s` were long."""
        rows = deployment.reviewer_rows
        (own,) = await rows.own_decisions(by, since_ms=0)
        await rows.note_decision(by, replace(own, undo_until_ms=own.at_ms + 3_600_000))

    waiting.run(linger)
    known = site.world.rows("sealed")
    unheard_of = (404, "not_found"), "nothing is known of this video"
    for answer in (
        ann.post(f"/api/decisions/{video}/{made['decision']}/undo"),
        ann.post(f"/api/my/decisions/{video}/reopen"),
        ann.post(f"/api/my/decisions/{'0' * 40}/reopen"),
        ann.post("/api/decisions", body),
    ):
        assert (refusal(answer), answer.body["message"]) == unheard_of
    assert site.world.rows("sealed") == known


def test_what_is_looked_at_although_it_is_approved_looks_like_any_other(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    sampled = waiting.review(
        new_key(), made=Verdict.APPROVE, cause=ItemCause.SAMPLE, beside=[segment("Smoking", 30.0, "Drugs & Tobacco")]
    )
    ann = somebody(site, "ann who is tested")
    usual = given(ann, queue)
    ann.post(f"/api/claims/{usual['video_id']}/release")
    item = found(ann, sampled)
    assert shape(item) == shape(usual)
    assert (item["cause"], item["item"], item["queue"]) == ("verdict", "verdict", "default")
    assert (item["status"], item["verdict"]["verdict"]) == ("in_review", "review")
    assert [reason["label"] for reason in item["verdict"]["reasons"]] == ["Smoking"]
    assert "sample" not in str(item)
    assert not {queue["name"] for queue in ann.get("/api/queues").body["queues"]} & {"samples", "second_opinions"}
    assert not {*ann.get("/api/me").body["queues"]} & {"samples", "second_opinions"}
    assert ann.post("/api/decisions", decision(item, "approve")).status == 200


def test_a_sample_whose_decision_was_taken_back_is_decided_like_any_other(site: ConsoleSite, waiting: Waiting) -> None:
    sampled = waiting.review(new_key(), made=Verdict.APPROVE, cause=ItemCause.SAMPLE)
    ann = somebody(site, "ann of second thoughts")
    item = found(ann, sampled)
    made = ann.post("/api/decisions", decision(item, "reject", reasons=["graphic_violence"])).body
    undone = ann.post(f"/api/decisions/{sampled}/{made['decision']}/undo").body
    assert (undone["video_id"], undone["cause"]) == (sampled, "verdict")
    body = decision(undone, "reject", reasons=["graphic_violence"])
    made = ann.post("/api/decisions", body)
    assert made.status == 200, made.body
    assert ann.post("/api/decisions", body).body == made.body
    assert status_of(site, item) == "rejected"


def test_a_second_opinion_looks_like_any_other_decision_and_changes_nothing(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who decides first"), somebody(site, "bob who is asked")
    usual = given(ann, queue)
    first = ann.post("/api/decisions", decision(usual, "approve"))
    waiting.second_opinion(usual["video_id"], queue=queue)
    assert given(ann, queue)["code"] == "empty"
    item = given(bob, queue)
    # All that may differ is when it was opened, is due, and was claimed.
    times = {"created_ms": 0, "due_ms": 0, "claim": None}
    assert item | times == usual | times
    said = bob.post("/api/decisions", decision(item, "reject", reasons=["graphic_violence"]))
    assert said.status == first.status == 200
    assert shape(said.body) == shape(first.body)
    assert status_of(site, item) == "approved"
    assert [own["action"] for own in bob.get("/api/my/decisions").body] == ["reject"]
    # Whoever takes it back has the video again, as it looked before.
    again = bob.post(f"/api/decisions/{item['video_id']}/{said.body['decision']}/undo").body
    assert again | times == item | times
    assert bob.get("/api/my/decisions").body == []


def shape(value: Any) -> Any:
    """What members a JSON value has, and of which types; of lists the first member."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(member) for member in value[:1]]
    return type(value).__name__


def test_training_acts_on_nothing(site: ConsoleSite) -> None:
    ann = somebody(site, "ann who learns")
    before = [site.world.rows(table) for table in ("reviews", "reviewers")]
    done: list[str] = []
    while "video_id" in (item := ann.post("/api/next?training=1", {"done": done}).body):
        assert item["training"]
        wrong = ann.post("/api/decisions?training=1", training(item, "uphold")).body
        assert not wrong["matched"]
        right = training(item, wrong["expected"], reasons=wrong["expected_reasons"])
        assert ann.post("/api/decisions?training=1", right).body["matched"]
        assert ann.post(f"/api/videos/{item['video_id']}/seal?training=1").status == 204
        done.append(item["video_id"])
    assert len(done) >= 5
    assert [site.world.rows(table) for table in ("reviews", "reviewers")] == before


def training(item: Any, action: str, reasons: Any = ()) -> dict[str, Any]:
    return decision({**item, "video": {"etag": None}}, action, reasons=list(reasons))


def test_a_break_gives_everything_back_whatever_was_begun(site: ConsoleSite, waiting: Waiting, queue: str) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann of breaks"), somebody(site, "bob")
    item = given(ann, queue)
    lost = {"video_id": "0" * 40, "note": "of a video that is known no more"}
    assert ann.post("/api/break", {"draft": lost}).status == 204
    assert given(bob, queue)["video_id"] == item["video_id"]


def test_a_window_that_is_closed_while_it_asks_holds_nothing(
    site: ConsoleSite, waiting: Waiting, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who leaves"), somebody(site, "bob who stays")
    claimed, closed = threading.Event(), threading.Event()
    whole_next = ClaimDesk.next

    async def slow_next(desk: ClaimDesk, *arguments: Any, **members: Any) -> Any:
        given = await whole_next(desk, *arguments, **members)
        claimed.set()
        await asyncio.to_thread(closed.wait, PATIENCE_S)
        return given

    monkeypatch.setattr(ClaimDesk, "next", slow_next)
    host, _, port = site.host.partition(":")
    body = json.dumps({"queues": [queue]})
    with socket.create_connection((host, int(port))) as window:
        head = {
            "Host": site.host,
            "Authorization": f"Bearer {ann.token}",
            "X-Reelsift-Console": "1",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        window.sendall(f"POST /api/next HTTP/1.1\r\n{lines}\r\n{body}".encode())
        assert claimed.wait(PATIENCE_S)
    monkeypatch.setattr(ClaimDesk, "next", whole_next)
    # The server hears of it once its loop has turned.
    assert bob.get("/api/me").status == 200
    closed.set()
    eventually(lambda: "video_id" in given(bob, queue), "bob has it")


def test_who_signs_out_gives_everything_back_and_has_no_session_any_more(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann, bob = somebody(site, "ann who goes home"), somebody(site, "bob")
    item = given(ann, queue)
    assert not ann.get("/api/me").body["may_sign_out"]
    assert refusal(ann.post("/api/sign-out")) == (404, "not_found")
    with site.with_sessions():
        assert ann.get("/api/me").body["may_sign_out"]
        # Another site can neither send it as a form nor ask for it.
        assert ann.get("/api/sign-out").status in {404, 405}
        assert ann.post("/api/sign-out", Origin="https://evil.example").status == 403
        assert ann.post("/api/sign-out", Content_Type="text/plain").status == 422
        assert ann.post("/api/claims/" + item["video_id"] + "/renew").status == 200
        answer = ann.post("/api/sign-out")
    assert (answer.status, answer.body) == (200, {"then": SIGN_OUT_URL})
    assert [cookie.partition("=")[0] for cookie in answer.cookies] == [
        f"AWSELBAuthSessionCookie-{number}" for number in range(4)
    ]
    for cookie in answer.cookies:
        kept = SimpleCookie(cookie)[cookie.partition("=")[0]]
        assert (kept.value, kept["max-age"], kept["path"]) == ("", "-1", "/")
        assert kept["secure"]
        assert kept["httponly"]
    assert given(bob, queue)["video_id"] == item["video_id"]


def test_nothing_is_parked_for_what_is_no_person(site: ConsoleSite, waiting: Waiting, queue: str) -> None:
    waiting.review(new_key(), peak("Weapons", 90.0, "Violence"), queue=queue)
    ann = somebody(site, "ann of no colleagues")
    item = given(ann, queue)
    before = site.world.rows("reviewers")
    for nobody in ("run#quality", f"video#{item['video_id']}", "", "p-x", "p-" + "a" * 17):
        assert refusal(ann.post(f"/api/claims/{item['video_id']}/park", {"for": nobody})) == (422, "refused")
    assert site.world.rows("reviewers") == before


def test_leads_decide_nothing_and_reviewers_set_no_limits(site: ConsoleSite) -> None:
    lead = somebody(site, "lea of roles", Role.LEAD)
    assert refusal(lead.post("/api/next", {})) == (403, "forbidden")
    assert lead.get("/api/me").body["read_only"]
    ann = somebody(site, "ann of roles")
    for nothing in ("x" * 1500, "..%2f", "0" * 40):
        assert ann.get(f"/api/claims/{nothing}").status in {404, 409, 422}
    hostile = ann.get("/api/me").body["preferences"] | {"limits": {"minutes_a_day": None}}
    assert refusal(ann.put("/api/me/preferences", hostile)) == (422, "refused")


def test_where_no_version_says_so_other_content_is_found_out_before_it_is_shown_or_decided(
    site: ConsoleSite, waiting: Waiting, queue: str
) -> None:
    key = new_key()
    waiting.review(key, peak("Weapons", 90.0, "Violence"), queue=queue, versioned=False)
    ann = somebody(site, "ann of one version")
    item = given(ann, queue)
    assert ann.post(f"/api/videos/{item['video_id']}/link").status == 200
    site.world.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"another content")
    assert refusal(ann.post(f"/api/videos/{item['video_id']}/link")) == (409, "content_changed")
    body = decision(item, "approve")
    assert refusal(ann.post("/api/decisions", body)) == (409, "content_changed")
    assert status_of(site, item) == "in_review"
    # Told of it, they may decide what was analysed: nobody else could close the item.
    assert ann.post("/api/decisions", body | {"content_changed": True}).status == 200
    site.world.client("s3").delete_object(Bucket=BUCKET, Key=key)
    gone = somebody(site, "lea", Role.LEAD).post(f"/api/videos/{item['video_id']}/link")
    assert refusal(gone) == (409, "content_changed")
    assert gone.body["gone"]
