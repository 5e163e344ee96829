"""One seed from its first video to its verdict."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chaos.cast import Cast, Manifest, Parcel, Subject
from chaos.checks import Violation, violations
from chaos.crowd import Crowd
from chaos.director import Director
from chaos.evidence import QUEUES, Evidence, Row, is_claimed, is_untold
from chaos.expectations import Expectations
from chaos.fleet import Fleet, Launch
from chaos.neighbour import Neighbour
from chaos.schedule import Schedule
from chaos.stories import UNDO_S, Stories
from rekognition_cloud import clips
from support.listening import Listening
from support.world import BUCKET, QUICK, World

WAITS = QUICK | {
    # Twice those of the other tests: a fleet of six on two cores is slow, and who is slow is not dead.
    "REELSIFT_RECHECK_STARTING_S": "4",
    "REELSIFT_RECHECK_COLLECTING_S": "4",
    "REELSIFT_RECHECK_SETTLED_S": "4",
    "REELSIFT_EXPAND_LEASE_S": "4",
    "REELSIFT_MAIL_WINDOW_S": "2",
    "REELSIFT_QUOTA_REFRESH_S": "1",
    # Workers die so often here that an innocent message may be received five times.
    "REELSIFT_MAX_RECEIVES": "9",
    # A video of which another analysis fails for good has its verdict all the same.
    "REELSIFT_REQUIRED_ANALYSES": "content_moderation",
    "REELSIFT_UNDO_S": f"{UNDO_S:g}",
    "REELSIFT_TAG_OBJECTS": "true",
}

SENDING = 0.7
"""The part of the chaos in which messages are sent."""

JOB_FACTOR = 0.4
"""Seconds a job takes for each second of its video."""

ROOM = 20
"""Jobs that the cloud takes beyond what the fleet was told, where its slots alone are to hold it."""

QUIET_S = 200
"""Without a fault a line must end in each such time, and twice the longest skew of a clock, until nothing is
under way: the longest lease that no setting shortens is the 120 s of a batch's report.
"""

SLACK_S = 2.0
"""By how much clocks that are right may disagree, and reports be late."""

PEOPLE_S = 90
"""Without a fault people have been answered by then."""

_LOOK_S = 0.5
_UPLOADS = 4


@dataclass(frozen=True)
class Verdict:
    """What one seed came to."""

    schedule: Schedule
    lines: int
    makespan_s: float
    kills: int
    terminations: int
    pauses: int
    faults_hit: int
    replays: int
    jobs: int
    billed_ms: int
    acts: int
    decisions: int
    violations: list[Violation]
    folder: Path

    def __str__(self) -> str:
        schedule = self.schedule
        verdict = f"{len(self.violations)} VIOLATIONS" if self.violations else "ok"
        return (
            f"seed {schedule.seed}: {verdict}; {schedule.videos} videos, {self.lines} lines,"
            f" {schedule.workers} workers, quota {schedule.quota} ({schedule.holding});"
            f" makespan {self.makespan_s:.1f} s;"
            f" {self.kills} killed, {self.terminations} terminated, {self.pauses} paused,"
            f" {self.faults_hit} faults hit; {self.replays} Starts replayed;"
            f" {self.jobs} jobs, {self.billed_ms / 60_000:.2f} min billed;"
            f" people did {self.acts} things and made {self.decisions} decisions"
        )


def play(
    schedule: Schedule, launch: Launch, folder: Path, *, keep: bool = False, slack_s: float | None = None
) -> Verdict:
    """Run a seed to its end in a world of its own. `folder` is made, and is removed again unless it went wrong.

    `slack_s` is by how much workers take their clocks to disagree: as much as they do, unless given.
    """
    slack_s = schedule.spread_s + SLACK_S if slack_s is None else slack_s
    folder.mkdir(parents=True, exist_ok=True)
    quota = schedule.quota + (ROOM if schedule.holding == "slots" else 0)
    world = World(folder, launch, waits=WAITS, quota=quota, seed=schedule.seed)
    try:
        verdict = _Play(schedule, world, launch, slack_s).verdict()
    finally:
        world.close()
    if not keep and not verdict.violations:
        shutil.rmtree(folder)
    return verdict


class _Play:
    def __init__(self, schedule: Schedule, world: World, launch: Launch, slack_s: float) -> None:
        self._schedule = schedule
        self._world = world
        self._bus = Listening(world, world.deployment)
        self._expected = Expectations(schedule.quota)
        self._cast = Cast.of(schedule.seed, schedule.videos)
        self._stories = Stories.of(schedule.seed, self._cast.subjects, schedule.seconds)
        world.env |= {"REELSIFT_QUOTA": "auto" if schedule.holding == "auto" else str(schedule.quota)}
        world.cloud.knobs(job_seconds=None, job_factor=JOB_FACTOR)
        self._upload()
        neighbour = Neighbour(world)
        for manifest in self._cast.manifests:
            self._submit(manifest)
        world.cloud.knobs(**schedule.knobs)
        self._began, self._began_ms = time.monotonic(), int(time.time() * 1000)
        self._fleet = Fleet(world.env, world.folder, launch, schedule.workers, slack_s=slack_s)
        self._crowd = Crowd(self._stories, world.env, world.folder, launch)
        self._director = Director(world.cloud, self._fleet, neighbour, schedule)

    def verdict(self) -> Verdict:
        """Play it, wait for the end, and collect the evidence."""
        found: list[Violation] = []
        try:
            span = self._schedule.seconds * SENDING
            parcels = self._cast.parcels
            for number, parcel in enumerate(parcels):
                self._director.at(span * number / len(parcels), self._sending(parcel))
            for person, at in enumerate(self._stories.closed):
                self._director.at(at, partial(self._crowd.switch_off, person))
            self._director.run()
            self._crowd.wait(PEOPLE_S)
            unquiet = self._wait()
            makespan_s = time.monotonic() - self._began
            found += [Violation("It gets quiet", unquiet)] if unquiet else []
        finally:
            self._fleet.close()
            people = self._crowd.close()
        span_ms = self._began_ms, int(time.time() * 1000)
        tagged = [subject.key for subject in self._cast.subjects if subject.kind.codec and subject.kind.allowed]
        evidence = Evidence.of(self._world, self._bus, self._crowd.answers(), tagged, span_ms)
        complaints = self._fleet.complaints
        found += violations(self._expected, evidence)
        found += [Violation("A worker ends when told to, not before, and makes no mistakes", it) for it in complaints]
        found += [Violation("People are answered", it) for it in people]
        return Verdict(
            schedule=self._schedule,
            lines=len(self._expected.lines),
            makespan_s=makespan_s,
            kills=self._fleet.kills,
            terminations=self._fleet.terminations,
            pauses=self._fleet.pauses,
            faults_hit=self._director.faults_hit.total(),
            replays=sum(job["starts"] - 1 for job in evidence.own_jobs),
            jobs=len(evidence.own_jobs),
            billed_ms=sum(job["billed_ms"] for job in evidence.own_jobs),
            acts=len(evidence.answers),
            decisions=sum("decision" in answer for answer in evidence.answers),
            violations=found,
            folder=self._world.folder,
        )

    def _upload(self) -> None:
        films = {codec: clips.clip(1, codec=codec) for codec in ("libx264", "mpeg4")}

        def put(subject: Subject) -> None:
            s3, kind = self._world.client("s3"), subject.kind
            if kind.codec is None or not kind.allowed:
                return
            for analysis, answer in kind.answers(subject.duration_ms).items():
                s3.put_object(Bucket=BUCKET, Key=f"{subject.key}.{analysis}.json", Body=json.dumps(answer))
            s3.put_object(Bucket=BUCKET, Key=subject.key, Body=films[kind.codec])

        self._world.client("s3")
        with ThreadPoolExecutor(_UPLOADS) as pool:
            list(pool.map(put, self._cast.subjects))

    def _submit(self, manifest: Manifest) -> None:
        file = self._world.folder / f"{manifest.name}.csv"
        file.write_text(manifest.csv(), encoding="utf-8")
        submitted = self._world.reelsift("submit", str(file), "--yes", "--analyses", ",".join(manifest.analyses))
        if submitted.returncode:
            raise RuntimeError(f"reelsift submit ended with {submitted.returncode}: {submitted.stderr}")
        self._expected.submitted(submitted.stdout.strip(), file.name, manifest)

    def _sending(self, parcel: Parcel) -> Callable[[], None]:
        def send() -> None:
            (message_id,) = self._world.send(parcel.body, queue=parcel.queue)
            self._expected.sent(message_id, parcel)

        return send

    def _wait(self) -> str:
        """Wait until nothing is under way. Returns what still is where that takes too long."""
        patience_s = QUIET_S + 2 * self._schedule.longest_skew_s
        ended, since = -1, time.monotonic()
        while active_batches := self._active_batches():
            if (now_ended := self._ended()) > ended:
                ended, since = now_ended, time.monotonic()
            if time.monotonic() - since > patience_s:
                return f"{active_batches}, and no line has ended for {patience_s:.0f} s"
            self._fleet.look()
            time.sleep(_LOOK_S)
        return ""

    def _active_batches(self) -> str:
        """The first thing that is not over yet, the cheapest question first."""
        world, lines = self._world, len(self._expected.lines)
        if open_jobs := world.open_jobs():
            return f"{open_jobs} jobs are open"
        for queue in QUEUES:
            if waiting := world.waiting_messages(queue):
                return f"{waiting} messages in the {queue} queue"
        batches = world.rows("batches")
        if (ended := self._ended(batches)) < lines:
            return f"{ended} of {lines} lines have ended"
        states = {row["batch_id"]: row.get("state") for row in batches if row["part"] == "meta"}
        for batch in self._expected.batches:
            if states.get(batch) != "Complete":
                return f"the batch {batch} is {states.get(batch)}"
        for row in batches:
            if row["part"] == "meta" and "reevaluation" in row and row["state"] not in {"Complete", "Cancelled"}:
                return f"the re-evaluation {row['batch_id']} is {row['state']}"
        outbox = [row for row in world.rows("outcomes") if row["batch"] == "mail##outbox" and row["line"] != "!window"]
        return f"{len(outbox)} alerts are to be mailed" if outbox else self._unsaid()

    def _ended(self, batches: Sequence[Row] | None = None) -> int:
        """How many lines have ended that were sent, and not made by a re-evaluation."""
        rows = self._world.rows("batches") if batches is None else batches
        others = {row["batch_id"] for row in rows if "reevaluation" in row}
        chunks = [row for row in rows if str(row["part"]).startswith("chunk#") and row["batch_id"] not in others]
        return sum(int(row.get(name, 0)) for row in chunks for name in ("succeeded", "failed", "skipped"))

    def _unsaid(self) -> str:
        """What somebody is still to hear of."""
        reviews = self._world.rows("reviews")
        if untold := sum(is_untold(row) for row in reviews):
            return f"{untold} videos are to be told of"
        if untagged := sum("untagged" in row for row in reviews):
            return f"{untagged} videos are to be tagged"
        claimed = sum(is_claimed(row) for row in reviews)
        return f"{claimed} videos are claimed" if claimed else ""
