"""What leads see over HTTP, and what they do not."""

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from reelsift.console.leading.routes import ROUTES
from reelsift.console.viewer import Role
from support.console_site import Answer, ConsoleSite, Person, console_site
from support.forks import Forks
from support.patience import PATIENCE_S
from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process

HOSTILE = '<img src=x onerror="document.title=1">.mp4'
HOSTILE_LABEL = '<script>alert("label")</script>'
LAXER = "content_moderation: {Violence: {review: 40}, Explicit: {review: off, reject: off}}"


@pytest.fixture(scope="module")
def site(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    """Videos of a batch, of which one is decided, one appealed, one sealed, and one hostile in every word."""
    world = World(tmp_path_factory.mktemp("console"), forks.popen, deployed=forks.deployed())
    try:
        with console_site(world) as site:
            _make(site)
            yield site
    finally:
        world.close()


def _make(site: ConsoleSite) -> None:
    world = site.world
    hostile = ALERTING | {
        "ModerationLabels": [
            {
                "Timestamp": 500,
                "ModerationLabel": {"Name": HOSTILE_LABEL, "ParentName": "", "Confidence": 99.0, "TaxonomyLevel": 1},
            }
        ]
    }
    for key, answer in (("a.mp4", ALERTING), ("b.mp4", ALERTING), ("sealed.mp4", ALERTING), (HOSTILE, hostile)):
        world.put_video(key, answer=answer)
    world.put_video("clean.mp4", seed=1, answer=CLEAN)
    worker = world.worker()
    for key in ("a.mp4", "b.mp4", "sealed.mp4", "clean.mp4", HOSTILE):
        world.send_video(key, batch="july", context={"title": '=HYPERLINK("http://x")'})
    for key in ("a.mp4", "b.mp4", "sealed.mp4", HOSTILE):
        eventually(lambda key=key: site.status(key) == "in_review", f"{key} waits")  # type: ignore[misc]
    eventually(lambda: site.status("clean.mp4") == "approved", "clean.mp4 is approved")
    uri = f"s3://{BUCKET}"
    for arguments in (
        ("decide", f"{uri}/a.mp4", "reject", "--reason", "nudity", "--note", "=1+1"),
        ("decide", f"{uri}/sealed.mp4", "escalate", "--kind", "child_safety"),
        ("review", "add", f"{uri}/a.mp4", "--appeal", "A-1", "--text", "<b>why?</b>"),
    ):
        done = world.reelsift(*arguments)
        assert done.returncode == 0, done.stderr
    eventually(lambda: any("stub" in row for row in world.rows("reviews")), "what is sealed is moved")
    worker.terminate()
    worker.stop(PATIENCE_S)


@pytest.fixture
def lead(site: ConsoleSite) -> Person:
    return site.person("lea", Role.LEAD)


def ok(answer: Answer) -> Any:
    assert answer.status == 200, answer.raw
    return answer.body


def test_queues_say_what_waits_and_how_much_work_that_is(lead: Person) -> None:
    told = ok(lead.get("/api/lead/queues"))
    waiting = {queue["queue"]: queue["waiting"] for queue in told["queues"]}
    assert waiting == {"appeals": 1, "default": 2}
    assert (told["waiting"], told["more"], told["people"], told["empty_in_s"]) == (3, False, 0, None)
    assert told["work_s"] == 3 * told["decision_s"]
    (appeals, _) = told["queues"]
    assert appeals["oldest_ms"] <= told["now_ms"] < appeals["next_due_ms"]


def test_batches_are_told_as_the_command_line_tells_them(lead: Person, site: ConsoleSite) -> None:
    (batch,) = ok(lead.get("/api/lead/batches"))["batches"]
    assert (batch["batch"], batch["succeeded"], batch["failed"]) == ("july", 5, 0)
    assert batch["money_usd"] > 0
    told = ok(lead.get("/api/lead/batches/july"))
    stated = json.loads(site.world.reelsift("status", "july", "--json").stdout)
    moving = {"lines_per_minute", "worker_seen_ms"}
    assert {name: value for name, value in told.items() if name not in moving} == {
        name: value for name, value in stated.items() if name not in moving
    }
    assert lead.get("/api/lead/batches/june").status == 404
    found = ok(lead.get("/api/lead/batches/july/findings"))
    assert {video["video"] for video in found["videos"]} == {
        f"s3://{BUCKET}/{key}" for key in ("a.mp4", "b.mp4", HOSTILE)
    }
    assert found["after"] is None


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"status": "in_review"}, {"b.mp4", HOSTILE}),
        ({"status": "rejected"}, {"a.mp4"}),
        ({"verdict": "reject"}, {"a.mp4", "b.mp4"}),
        ({"label": "Explicit Nudity", "min_confidence": "98"}, {"a.mp4", "b.mp4"}),
        ({"label": HOSTILE_LABEL}, {HOSTILE}),
        ({"label": "Explicit Nudity", "status": "in_review"}, {"b.mp4"}),
        ({"batch": "july", "verdict": "approve"}, {"clean.mp4"}),
        ({"video": f"s3://{BUCKET}/clean.mp4"}, {"clean.mp4"}),
        ({"video": f"s3://{BUCKET}/sealed.mp4"}, set()),
    ],
    ids=["status", "decided", "verdict", "label", "hostile label", "label and status", "batch", "video", "sealed"],
)
def test_videos_are_found(query: dict[str, str], keys: set[str], lead: Person) -> None:
    found = ok(lead.get(f"/api/lead/search?{urlencode(query)}"))
    assert {video["video"].removeprefix(f"s3://{BUCKET}/") for video in found["videos"]} == keys
    assert found["after"] is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "needs something"),
        ("status=gone", "no status"),
        ("status=approved", "within a batch"),
        ("label=a&text=b", "one thing"),
        ("label=a&min_confidence=101", "0 to 100"),
        ("label=a&min_confidence=x", "0 to 100"),
        ("status=failed&since=soon", "2026-07-31"),
        ("status=failed&after=%7B", "anew"),
        ("status=failed&after=WzFd", "anew"),
        ("video=a.mp4", "a.mp4"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_in_a_sentence(query: str, words: str, lead: Person) -> None:
    answer = lead.get(f"/api/lead/search?{query}")
    assert (answer.status, answer.body["error"]) == (422, "refused")
    assert words in answer.body["message"]


def test_a_mistyped_label_names_the_nearest(lead: Person) -> None:
    assert "Explicit Nudity" in ok(lead.get("/api/lead/search?label=Explicit+Nudty"))["nearest"]


def test_a_video_tells_all_that_became_of_it(lead: Person, site: ConsoleSite) -> None:
    video_id = site.video_id("a.mp4")
    assert ok(lead.post(f"/api/videos/{video_id}/link"))["playable"]
    told = ok(lead.get(f"/api/lead/videos/{video_id}"))
    assert (told["status"]["status"], told["verdict"]["verdict"]) == ("rejected", "reject")
    assert [revision["status"] for revision in told["revisions"]] == ["in_review", "rejected"]
    (decision,) = told["decisions"]
    assert (decision["action"], decision["note"], decision["withdrawn"]) == ("reject", "=1+1", False)
    assert [reason["code"] for reason in decision["reasons"]] == ["nudity"]
    (item,) = told["items"]
    assert (item["cause"], item["appeal"], item["text"]) == ("appeal", "A-1", "<b>why?</b>")
    (job,) = told["jobs"]
    assert (job["analysis"], job["has_result"]) == ("content_moderation", True)
    assert told["peaks"][0]["above_threshold"]
    assert told["lanes"]["groups"]
    assert (told["broken_at"], told["sealed"], told["claim"]) == (None, None, None)
    (link,) = told["links"]
    assert link["why"] == "lead"
    assert "url" not in link
    hostile = ok(lead.get(f"/api/lead/videos/{site.video_id(HOSTILE)}"))
    assert hostile["video"]["key"] == HOSTILE
    assert lead.get(f"/api/lead/videos/{'0' * 40}").status == 404
    assert lead.get("/api/lead/videos/none").status == 404


def test_whoever_is_at_a_video_does_not_see_what_others_decided_on_it(site: ConsoleSite) -> None:
    both = site.person("bo", Role.LEAD, Role.REVIEWER)
    item = ok(both.post("/api/next", {"queues": ["default"]}))
    path = f"/api/lead/videos/{item['video_id']}"
    assert (both.get(path).status, both.get(path).body["error"]) == (409, "claimed")
    assert ok(site.person("cy", Role.LEAD).get(path))["claim"]["item"] == "verdict"
    assert both.post(f"/api/claims/{item['video_id']}/release").status == 204
    assert both.get(path).status == 200


def test_appeals_are_listed_with_what_they_say(lead: Person) -> None:
    told = ok(lead.get("/api/lead/appeals"))
    (appeal,) = told["open"]
    assert (appeal["appeal"], appeal["text"], appeal["looked_at"]) == ("A-1", "<b>why?</b>", False)
    assert not told["more"]


def test_the_audit_goes_back_page_by_page_and_out_as_csv_without_formulas(lead: Person, site: ConsoleSite) -> None:
    read: list[Any] = []
    since = (datetime.now(UTC) - timedelta(days=20)).date().isoformat()
    after = ""
    while True:
        page = ok(lead.get(f"/api/lead/audit?since={since}{after}"))
        read += page["decisions"]
        if page["after"] is None:
            break
        after = f"&after={page['after']}"
    (decision,) = read
    assert (decision["video"], decision["action"], decision["broken_at"]) == (f"s3://{BUCKET}/a.mp4", "reject", None)
    assert ok(lead.get("/api/lead/audit?action=approve"))["decisions"] == []
    assert ok(lead.get(f"/api/lead/audit?by={decision['by']}"))["decisions"] == [decision]
    answer = lead.get("/api/lead/audit.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.raw.decode()))
    assert (row["action"], row["note"], row["video_id"]) == ("reject", "'=1+1", site.video_id("a.mp4"))
    for query in ("since=2026-02-02&until=2026-02-01", "since=x", "action=burn"):
        assert lead.get(f"/api/lead/audit?{query}").status == 422
    assert lead.get("/api/lead/audit.csv?since=2020-01-01").status == 422


def test_a_policy_is_tested_and_its_examples_are_videos(lead: Person, site: ConsoleSite) -> None:
    policy = ok(lead.get("/api/lead/policy"))
    assert (policy["live"]["epoch"], [version["epoch"] for version in policy["versions"]]) == (1, [1])
    assert "Explicit Nudity" in policy["live"]["yaml"]
    assert ok(lead.get("/api/lead/policy/versions/1"))["yaml"] == policy["live"]["yaml"]
    assert lead.get("/api/lead/policy/versions/9").status == 404
    begun = lead.post("/api/lead/policy/tests", {"yaml": LAXER, "name": "laxer.yaml"})
    path = f"/api/lead/policy/tests/{ok(begun)['test']}"
    eventually(lambda: ok(lead.get(path))["state"] != "running", "the test is over")
    told = ok(lead.get(path))
    assert (told["state"], told["fault"], told["same"]) == ("done", None, False)
    assert told["changes"]
    moved = {(move["before"], move["after"]): move["videos"] for move in told["result"]["moves"]}
    assert moved == {("reject", "approve"): 2}
    assert {example["video_id"] for example in told["result"]["examples"]} == {
        site.video_id(key) for key in ("a.mp4", "b.mp4")
    }
    (listed,) = ok(lead.get("/api/lead/policy/tests"))["tests"]
    assert (listed["name"], listed["test"]) == ("laxer.yaml", told["test"])
    assert lead.get("/api/lead/policy/tests/none").status == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"yaml": "content_moderation: [1]"}, "content_moderation"),
        ({"yaml": "lists: {x: {file: /etc/passwd}}"}, "lists"),
        ({"yaml": LAXER, "batch": "june"}, "june"),
        ({"yaml": LAXER, "sample": 0}, "sample"),
        ({"yaml": LAXER, "file": "/etc/passwd"}, "file"),
        ({}, "yaml"),
    ],
    ids=["no policy", "a file", "no batch", "no sample", "another member", "nothing"],
)
def test_what_cannot_be_tested_is_refused(body: dict[str, Any], words: str, lead: Person) -> None:
    answer = lead.post("/api/lead/policy/tests", body)
    assert answer.status in {404, 422}
    assert words in answer.raw.decode()
    assert "root:" not in answer.raw.decode()


def test_quality_says_of_how_many_and_that_they_are_too_few(lead: Person) -> None:
    eventually(lambda: ok(lead.get("/api/lead/quality"))["figures"], "figures are there")
    told = ok(lead.get("/api/lead/quality"))
    assert not told["running"]
    review = told["figures"]["precision"]["reject"]
    assert (review["hits"], review["n"], review["share"]) == (1, 1, None)
    assert told["figures"]["appeals"]["n"] == 0
    # Nobody has allowed figures of single people.
    assert told["figures"]["people"] == []


def test_limits_are_written_by_leads_and_told_to_whom_they_limit(lead: Person, site: ConsoleSite) -> None:
    reviewer = site.person("rae", Role.REVIEWER)
    by = ok(reviewer.get("/api/me"))["by"]
    assert {"by": by, "name": "rae"} in ok(lead.get("/api/lead/people"))["people"]
    given = {
        "queues": [],
        "minutes_a_day": 90,
        "most_grave_in_a_row": 5,
        "light_queues": ["appeals"],
        "grave": ["Violence"],
    }
    assert ok(lead.put(f"/api/lead/limits/{by}", given)) == {"by": by, "limits": given}
    assert ok(lead.get(f"/api/lead/limits/{by}"))["limits"] == given
    assert ok(reviewer.get("/api/me"))["limits"] == given
    assert lead.put(f"/api/lead/limits/{by}", {"minutes_a_day": 0}).status == 422
    assert lead.put("/api/lead/limits/video%23x", given).status == 422


def test_nobody_but_leads_sees_what_leads_see(site: ConsoleSite) -> None:
    reviewer, specialist = site.person("rae", Role.REVIEWER), site.person("sam", Role.SPECIALIST)
    asked = 0
    for route in ROUTES:
        for method in route.methods - {"HEAD"}:  # type: ignore[attr-defined] # all of them are routes
            path = re.sub(r"\{[^}]*\}", "1", route.path)  # type: ignore[attr-defined]
            assert reviewer.ask(method, path, {}).status == 403, path
            if "sealed" not in path and "videos" not in path:
                assert specialist.ask(method, path, {}).status == 403, path
            asked += 1
    assert asked > 15
    assert specialist.get(f"/api/lead/videos/{site.video_id('a.mp4')}").status == 404


def test_what_nothing_can_be_called_is_refused_with_a_sentence(site: ConsoleSite) -> None:
    both = site.person("noe", *Role)
    long = quote("é" * 600)

    def behind(place: Any) -> str:
        return urlencode({"after": base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")})

    refused = [
        *(f"/api/lead/batches/{long}{more}" for more in ("", "/findings")),
        *(f"/api/lead/{kind}/{long}" for kind in ("videos", "limits", "policy/tests")),
        *(f"/api/lead/policy/versions/{epoch}" for epoch in ("9" * 400, "9" * 5000, long)),
        *(f"/api/lead/search?{name}={long}" for name in ("batch", "label", "text", "celebrity", "cue", "status")),
        f"/api/lead/search?video=s3://b/{quote('é' * 3000)}",
        f"/api/lead/audit?by={long}",
        *(
            f"/api/lead/{asked}{'&' if '?' in asked else '?'}{behind(place)}"
            for text in ("é" * 600, "", "\ud800")
            for asked, place in (
                ("search?verdict=review", {"0": [1, text]}),
                ("search?status=rejected", {"0": [1, text]}),
                ("search?label=Explicit", {"0": [50.5, text]}),
                ("batches/july/findings", {"chunk": 0, "line": text}),
                ("batches", [1, [text]]),
                ("audit", [1, {"0": [1, text, 1]}]),
            )
        ),
        *(
            f"/api/lead/{asked}?{behind(place)}"
            for number in (10**400, float("inf"), float("nan"))
            for asked, place in (("batches", [number, []]), ("audit", [number, {}]))
        ),
    ]
    told = [(path, both.get(path)) for path in refused]
    told += [(path, both.post(path, body)) for path, body in _unusable_of_reviewers(long)]
    unanswered = [(path[:80], answer.status) for path, answer in told if not 400 <= answer.status < 500]
    assert unanswered == []
    assert all(answer.body["message"] for _, answer in told)


def _unusable_of_reviewers(long: str) -> list[tuple[str, Any]]:
    """What pages of reviewers could send, and what nothing is called."""
    name, no_text, video_id = "é" * 600, "\ud800", "0" * 40
    decided = {"video_id": video_id, "action": "approve", "seen_decision": 0, "seen": {"painted_ms": 900}}
    whole = decided | {"idempotency_key": "k" * 20}
    return [
        *((f"/api/claims/{long}/{way}", {}) for way in ("renew", "release", "skip", "park", "unplayable")),
        *((f"/api/videos/{long}/{way}", {}) for way in ("link", "seal")),
        (f"/api/my/decisions/{long}/reopen", {}),
        (f"/api/decisions/{long}/1/undo", {}),
        *((f"/api/decisions/{video_id}/{number}/undo", {}) for number in ("9" * 400, "9" * 5000, "-1", "x")),
        *(("/api/next", {"queues": [text]}) for text in (name, "", no_text)),
        *((f"/api/claims/{video_id}/park", {"for": text}) for text in (name, "", no_text)),
        *(("/api/break", {"draft": {"video_id": text}}) for text in (name, "", no_text)),
        *(("/api/decisions", whole | {"reasons": [text]}) for text in (name, "", no_text)),
        *(("/api/decisions", whole | {"video_id": text}) for text in (name, "", no_text)),
        *(("/api/decisions", whole | {"appeal": text}) for text in (name, no_text)),
        *(("/api/decisions", decided | {"idempotency_key": text}) for text in (name, "", no_text * 20)),
        *(("/api/lead/policy/tests", {"yaml": LAXER, "batch": text}) for text in (name, no_text)),
    ]


def test_sealed_videos_are_there_for_specialists_and_for_nobody_else(lead: Person, site: ConsoleSite) -> None:
    (seal,) = [row for row in site.world.rows("sealed") if row["part"] == "seal"]
    video_id = seal["video_id"]
    path = f"/api/lead/videos/{video_id}"
    assert (lead.get(path).status, lead.get("/api/lead/sealed").status) == (404, 403)
    assert lead.post(f"/api/videos/{video_id}/link").status == 404
    for asked in ("search?verdict=reject", "search?status=rejected", "search?label=Explicit", "audit", "appeals"):
        assert video_id not in lead.get(f"/api/lead/{asked}").raw.decode(), asked
    assert video_id not in lead.get("/api/lead/audit.csv").raw.decode()
    assert video_id not in lead.get("/api/lead/batches/july/findings").raw.decode()
    specialist = site.person("sam", Role.SPECIALIST)
    assert [one["video_id"] for one in ok(specialist.get("/api/lead/sealed"))["seals"]] == [video_id]
    told = ok(specialist.get(path))
    assert (told["video"]["key"], told["sealed"]["kind"]) == ("sealed.mp4", "child_safety")
    assert [decision["action"] for decision in told["decisions"]] == ["escalate"]
    # Who has looked is who logged in, not whose credentials the console has.
    by = ok(specialist.get("/api/me"))["by"]
    assert [(look["by"], look["how"]) for look in told["sealed"]["looks"]] == [(by, "console")]
