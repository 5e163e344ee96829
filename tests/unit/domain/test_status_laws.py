"""Laws of a status: whatever policies, failures and people do in whichever order."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Verdict
from reelsift.domain.status import By, Restriction, Status, Unpublished, VideoStatus, status_of_verdict
from reelsift.domain.status_changes import decided, failed, judged, newest_event, withdrawn
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import NO_STATUS, Basis, Rejecting, VideoVerdict
from support.thoroughness import examples

VIDEO = Video("videos", "a.mp4", "etag")
UNDO_MS = 10
Stand = tuple[Status, Restriction | None]

VERDICTS = st.sampled_from([None, *Verdict])
DECISIONS: st.SearchStrategy[Stand] = st.sampled_from(
    [
        (Status.APPROVED, None),
        (Status.REJECTED, None),
        (Status.IN_REVIEW, None),
        (Status.RESTRICTED, Restriction(age=16)),
        (Status.RESTRICTED, Restriction(age=18)),
    ]
)


@dataclass
class _Decision:
    made: Stand
    withdrawn: bool = False


class VideoStory(RuleBasedStateMachine):
    """One video, and a consumer that hears what is published and keeps the highest revision."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.row = VideoStatus.new(VIDEO)
        self.decisions: dict[int, _Decision] = {}
        self.revisions: dict[int, Stand] = {}
        """Each that was ever made."""
        self.told: dict[int, Stand] = {}
        self.taken_back: set[int] = set()
        self.attempt = 0

    @rule(verdict=VERDICTS, rejecting=st.sampled_from([None, *Rejecting]))
    def judge(self, verdict: Verdict | None, rejecting: Rejecting | None) -> None:
        self.attempt += 1
        basis = Basis({Analysis.CONTENT_MODERATION: self.attempt}, "policy")
        made = judged(self.row, VideoVerdict(VIDEO, verdict, (), basis, (), judged_ms=self.now, rejecting=rejecting))
        if self._standing() is not None:
            assert (made.status, made.restriction, made.revision) == (
                self.row.status,
                self.row.restriction,
                self.row.revision,
            ), "a decision stands"
        elif verdict is not None:
            assert (made.status, made.restriction) == (status_of_verdict(verdict, rejecting), None)
        self._write(made)

    @rule(reason=st.sampled_from([Reason.UNSUPPORTED_CODEC, Reason.GAVE_UP, *NO_STATUS]))
    def fail(self, reason: Reason) -> None:
        made = failed(self.row, Failure(reason, "x"), video=VIDEO, policy=By("policy"), at_ms=self.now)
        had_an_answer = self.row.verdict is not None
        if self.row.status not in {None, Status.FAILED} or reason in NO_STATUS or had_an_answer:
            assert (made.status, made.revision) == (self.row.status, self.row.revision), "a failure opens nothing"
        else:
            assert made.status is Status.FAILED
        self._write(made)

    @rule(made=DECISIONS, waits=st.booleans())
    def decide(self, made: Stand, *, waits: bool) -> None:
        number = self.row.last_decision + 1
        status, restriction = made
        tell_at = self.now + UNDO_MS if waits else None
        by = By(person="ann")
        row = decided(
            self.row, status, number=number, by=by, at_ms=self.now, restriction=restriction, tell_at_ms=tell_at
        )
        assert (row.status, row.restriction, row.standing) == (status, restriction, number)
        self.decisions[number] = _Decision(made)
        self._write(row)

    @precondition(lambda self: any(not each.withdrawn for each in self.decisions.values()))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        left = [number for number, each in self.decisions.items() if not each.withdrawn]
        named = data.draw(st.sampled_from(left))
        self.decisions[named].withdrawn = True
        standing = self._standing()
        stands: dict[str, Any] = {}
        if standing is not None:
            status, restriction = self.decisions[standing].made
            stands = {"standing": standing, "status": status, "restriction": restriction}
        number = self.row.last_decision + 1
        by = By(person="ann")
        row = withdrawn(self.row, number=number, withdraws=named, by=by, at_ms=self.now, **stands)
        gone = {event.revision.number for event in self.row.unpublished} - {
            event.revision.number for event in row.unpublished
        }
        for revision in gone:
            (event,) = [each for each in self.row.unpublished if each.revision.number == revision]
            assert event.revision.decision == named, "only what was withdrawn is taken back"
            assert not event.claimed, "what somebody is about to tell is not taken back"
        self.taken_back |= gone
        if row.revision > self.row.revision and row.revision not in _numbers(row.unpublished):
            self.taken_back.add(row.revision)
        self._write(row)

    @rule(waited=st.booleans())
    def claim(self, *, waited: bool) -> None:
        """Somebody is about to tell what is due."""
        self.now += UNDO_MS if waited else 1
        marked = tuple(replace(event, claimed=event.is_due(self.now)) for event in self.row.unpublished)
        self.row = replace(self.row, unpublished=marked)

    @rule(data=st.data())
    def tell(self, data: st.DataObject) -> None:
        """Whatever is claimed is told, in any order, or not yet."""
        for event in self.row.unpublished:
            if event.claimed and data.draw(st.booleans()):
                self._tell(event)
                kept = tuple(each for each in self.row.unpublished if each is not event)
                self.row = replace(self.row, unpublished=kept)

    @invariant()
    def no_revision_is_missing(self) -> None:
        assert [revision.number for revision in self.row.history] == list(range(1, self.row.revision + 1))
        assert {each.number: (each.status, each.restriction) for each in self.row.history} == self.revisions

    @invariant()
    def what_is_unpublished_is_exactly_what_was_not_told(self) -> None:
        unpublished = _numbers(self.row.unpublished)
        assert unpublished == set(self.revisions) - set(self.told) - self.taken_back
        for event in self.row.unpublished:
            assert (event.revision.status, event.revision.restriction) == self.revisions[event.revision.number]

    @invariant()
    def who_hears_all_that_is_unpublished_knows_the_status(self) -> None:
        heard = self.told | {event.revision.number: _stand(event) for event in self.row.unpublished}
        if self.row.status is None:
            assert heard == {}
        else:
            assert heard[max(heard)] == (self.row.status, self.row.restriction)

    @invariant()
    def the_newest_event_says_the_status(self) -> None:
        event = newest_event(self.row)
        if self.row.status is None:
            assert event is None
        else:
            assert event is not None
            assert _stand(event) == (self.row.status, self.row.restriction)
            assert event.revision.number == self.row.revision

    def _standing(self) -> int | None:
        return max((number for number, each in self.decisions.items() if not each.withdrawn), default=None)

    def _write(self, row: VideoStatus) -> None:
        self.now += 1
        changed = (row.status, row.restriction) != (self.row.status, self.row.restriction)
        assert row.revision == self.row.revision + changed
        if changed and row.status is not None:
            self.revisions[row.revision] = (row.status, row.restriction)
        self.row = row

    def _tell(self, event: Unpublished) -> None:
        assert event.revision.number not in self.told
        self.told[event.revision.number] = _stand(event)


def _stand(event: Unpublished) -> Stand:
    return event.revision.status, event.revision.restriction


def _numbers(events: tuple[Unpublished, ...]) -> set[int]:
    return {event.revision.number for event in events}


TestVideoStory = VideoStory.TestCase
TestVideoStory.settings = settings(max_examples=examples(60), stateful_step_count=25, deadline=None)
