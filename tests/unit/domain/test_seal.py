"""Whether a video is sealed follows from what was decided of it, and what everybody may know says nothing of it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.decision import Action, Decision, EscalationKind, status_of
from reelsift.domain.seal import hidden, is_sealed_by
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided, withdrawn
from reelsift.domain.video import Video

VIDEO = Video("videos", "secret/clip.mp4", "etag-of-it", size=1)

_acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([Action.APPROVE, Action.REJECT, Action.ESCALATE]), st.none()),
        st.tuples(st.just(Action.ESCALATE), st.sampled_from(EscalationKind)),
        st.tuples(st.just(Action.WITHDRAW), st.integers(1, 8)),
    ),
    max_size=8,
)


def _decision(number: int, action: Action, kind: EscalationKind | None, withdraws: int | None) -> Decision:
    status = None if action is Action.WITHDRAW else status_of(action, kind)
    who = {"by": "p", "principal": "p", "private_digest": "0", "video_id": VIDEO.video_id, "at_ms": number}
    return Decision(number=number, action=action, kind=kind, withdraws=withdraws, status=status, **who)  # type: ignore[arg-type]


@given(_acts)
def test_a_row_is_sealed_exactly_where_its_decisions_seal_it(acts: list[tuple[Action, object]]) -> None:
    row, made = VideoStatus.new(VIDEO), list[Decision]()
    for action, what in acts:
        number = len(made) + 1
        kind = what if isinstance(what, EscalationKind) else None
        taken_back = {each.withdraws for each in made}
        if action is Action.WITHDRAW:
            one = next((each for each in made if each.number == what), None)
            if one is None or one.status is None or one.number in taken_back:
                continue
            stands = [each for each in made if each.status and each.number not in {*taken_back, one.number}]
            row = withdrawn(
                row,
                number=number,
                withdraws=one.number,
                by=By(person="p"),
                at_ms=number,
                standing=stands[-1].number if stands else 0,
                status=stands[-1].status if stands else None,
                seal=is_sealed_by(made, without=one.number),
            )
            made.append(_decision(number, action, None, one.number))
        else:
            made.append(_decision(number, action, kind, None))
            status = made[-1].status
            assert status is not None
            row = decided(row, status, number=number, by=By(person="p"), at_ms=number, seal=kind is not None)
        assert row.sealed == is_sealed_by(made)
        assert not row.sealed or row.status is Status.REJECTED


@given(_acts)
def test_what_everybody_may_know_names_nothing_and_nobody(acts: list[tuple[Action, object]]) -> None:
    row = VideoStatus.new(VIDEO)
    for number, (action, _) in enumerate(acts, 1):
        status = Status.IN_REVIEW if action is Action.WITHDRAW else status_of(action)
        row = decided(row, status, number=number, by=By(person="p-somebody"), at_ms=number)
    left = hidden(replace(row, sealed=True, context={"owner": "p-owner"}, asked_by=("batch", "line")))
    assert [word for word in (VIDEO.key, VIDEO.etag, "p-somebody", "p-owner", "batch") if word in str(left)] == []
    assert (left.sealed, left.status, left.revision, left.last_decision) == (True, row.status, row.revision, len(acts))
    assert [event.revision.number for event in left.unpublished] == [each.revision.number for each in row.unpublished]
    assert {each.revision.number for each in left.unpublished} <= {revision.number for revision in left.history}
    assert hidden(left) == left
