"""`reelsift decide`: what a person, or a program in their name, says of a video."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.decision_options import (
    AgeOption,
    DemonetiseOption,
    DemoteOption,
    EtagOption,
    NoteOption,
    ReasonOption,
    TerritoryOption,
    WarningLabelOption,
)
from reelsift.cli.decision_words import decided_members, decided_words, opined_members, opined_words
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import one_of, whole
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say
from reelsift.domain.decision import OF_APPEALS, Action, EscalationKind
from reelsift.domain.decision_request import DecisionRequest, UnusableRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reelsift.aws.deployment import Deployment
    from reelsift.reviews.deciding import Decided
    from reelsift.reviews.opining import Opined
    from reelsift.reviews.same_content import Other

_LONGEST_KEY = 500
"""Characters of an idempotency key."""

_OTHERS_NAMED = 5
"""Videos of the same content that are named."""


def decide(
    video: Annotated[
        str | None,
        typer.Argument(
            metavar="VIDEO", help="s3://bucket/key, whatever it holds now and analysed or not, or a video id."
        ),
    ] = None,
    action: Annotated[
        Action | None,
        typer.Argument(
            parser=one_of(Action),
            metavar="ACTION",
            help="approve, restrict, reject, escalate, withdraw; for appeals uphold or overturn.",
        ),
    ] = None,
    reason: ReasonOption = None,
    note: NoteOption = None,
    named: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="Who decides, where somebody else's credentials are used; kept as a pseudonym."
        ),
    ] = None,
    age: AgeOption = None,
    territory: TerritoryOption = None,
    warning_label: WarningLabelOption = None,
    demote: DemoteOption = False,
    demonetise: DemonetiseOption = False,
    kind: Annotated[
        EscalationKind | None,
        typer.Option(
            parser=one_of(EscalationKind),
            metavar="KIND",
            help="escalate: to specialists for child_safety, threat_to_life or legal, who alone see it from then on.",
        ),
    ] = None,
    decision: Annotated[
        int | None,
        typer.Option(parser=whole(1, of="decisions"), metavar="N", help="withdraw: the number of what is taken back."),
    ] = None,
    seen_decision: Annotated[
        int | None,
        typer.Option(
            parser=whole(0, of="decisions"),
            metavar="N",
            help="Only if the last decision is this one, 0: none. Unless given, only if none is made meanwhile.",
        ),
    ] = None,
    etag: EtagOption = None,
    appeal: Annotated[
        str | None, typer.Option(metavar="ID", help="uphold, overturn: the appeal that is decided.")
    ] = None,
    to: Annotated[
        Action | None,
        typer.Option(parser=one_of(Action), metavar="ACTION", help="overturn: approve, restrict or reject."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--idempotency-key", metavar="KEY", help="Under it this is carried out once, however often asked."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Many decisions: a table whose first line names the columns, or lines of JSON. Each row is carried out"
            " once, however often the file is run.",
        ),
    ] = None,
    same_content: Annotated[
        bool,
        typer.Option(
            "--same-content", help="Decide other videos of the same content (SHA-256) alike. Shows them, and asks."
        ),
    ] = False,
    reasons: Annotated[bool, typer.Option("--reasons", help="Print the catalogue of reasons.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each decision.")] = False,
) -> None:
    """Decide a video: from then on its status is what was decided, whatever policies and analyses say.

    It is told to whoever listens 10 s later (undo_s); withdrawn before that, nobody hears of it. Refused, with exit 1,
    where somebody else decided meanwhile. With --from: exit 3 where rows were refused.
    """
    if reasons:
        from reelsift.cli.reason_list import print_catalogue

        print_catalogue(as_json=as_json or not sys.stdout.isatty())
        return
    if file is not None:
        _refuse_options_of_one(
            video,
            action,
            {
                "--reason": reason,
                "--note": note,
                "--age": age,
                "--territory": territory,
                "--warning-label": warning_label,
                "--demote": demote,
                "--demonetise": demonetise,
                "--kind": kind,
                "--decision": decision,
                "--seen-decision": seen_decision,
                "--etag": etag,
                "--appeal": appeal,
                "--to": to,
                "--idempotency-key": key,
                "--same-content": same_content,
            },
        )
        from reelsift.cli.decide_many import decide_file

        raise typer.Exit(decide_file(file, named, yes=yes, as_json=as_json))
    if video is None or action is None:
        raise CommandError("say which video, and what is decided of it; or --from FILE, or --reasons", Exit.WRONG_USE)
    if key is not None and not 0 < len(key) <= _LONGEST_KEY:
        raise CommandError(f"an idempotency key has 1 to {_LONGEST_KEY} characters", Exit.WRONG_USE)
    if same_content and (action is Action.WITHDRAW or action in OF_APPEALS):
        # A number, and an appeal, are of one video: of another they mean something else.
        what = "a decision" if action is Action.WITHDRAW else "an appeal"
        raise CommandError(f"{action} is about {what} of one video: leave --same-content away", Exit.WRONG_USE)
    request = DecisionRequest(
        action=action,
        reasons=tuple(reason or ()),
        note=note,
        age=age,
        territories=tuple(territory or ()),
        warning_label=warning_label,
        demote=demote,
        demonetise=demonetise,
        kind=kind,
        decision=decision,
        seen=seen_decision,
        etag=etag,
        appeal=appeal,
        to=to,
    )
    try:
        request.checked()
    except UnusableRequest as error:
        raise CommandError(str(error), Exit.WRONG_USE) from None
    one = _One(video, request, named, key, same_content=same_content)
    on_deployment(lambda deployment: _decide(deployment, one, yes=yes, as_json=as_json))


@dataclass(frozen=True, slots=True)
class _One:
    video: str
    request: DecisionRequest
    named: str | None
    key: str | None
    same_content: bool


async def _decide(deployment: "Deployment", one: _One, *, yes: bool, as_json: bool) -> None:
    from reelsift.reason_catalogues import configured_catalogue
    from reelsift.reviews.opining import Opined
    from reelsift.reviews.reviewer import UnusableName, reviewer
    from reelsift.reviews.same_content import find_others
    from reelsift.reviews.specialists import CarryingOut
    from reelsift.reviews.target import Target, find_target
    from reelsift.reviews.waking import Waking

    carry_out = CarryingOut(deployment, configured_catalogue(deployment.settings))
    try:
        who = await reviewer(deployment.people, deployment.caller, one.named)
    except UnusableName as error:
        raise CommandError(f"--as: {error}", Exit.WRONG_USE) from None
    target = await find_target(deployment, one.video, etag=one.request.etag)
    others = await find_others(deployment, target)
    if one.same_content:
        _ask_for(others, yes=yes)
    async with Waking(deployment) as waking:
        decided = await carry_out.decide(target, one.request, who, key=one.key)
        waking.waits = _wakes(decided)
        _tell(decided, others, deployment, as_json=as_json)
        if isinstance(decided, Opined):
            # An opinion is about one video: nothing else is decided by it.
            return
        # Each is a video of its own: what was seen of the first says nothing of its decisions and its ETag.
        alike = replace(one.request, seen=None, etag=None)
        for other in others if one.same_content else ():
            key = None if one.key is None else f"{one.key}:{other.video_id}"
            decided = await carry_out.decide(Target(other.video_id), alike, who, key=key)
            waking.waits = waking.waits or _wakes(decided)
            _tell(decided, (), deployment, as_json=as_json)
    if others and not one.same_content:
        count = len(others)
        say(
            f"also: {count:,} other {'video has' if count == 1 else 'videos have'} the same content:"
            f" {_named(others)}; --same-content decides them alike"
        )


def _wakes(decided: "Decided | Opined") -> bool:
    """Whether a worker has something to do: to tell it, or to move what is known of the video."""
    return decided.row.tell_at_ms is not None or decided.row.sealed


def _tell(decided: "Decided | Opined", others: "Sequence[Other]", deployment: "Deployment", *, as_json: bool) -> None:
    from reelsift.reviews.opining import Opined

    also = {"also": [other.video_id for other in others]}
    if isinstance(decided, Opined):
        if as_json:
            typer.echo(json.dumps(opined_members(decided) | also))
        say(printable(opined_words(decided, undo_s=deployment.settings.undo_s)))
        return
    if as_json:
        typer.echo(json.dumps(decided_members(decided) | also))
    say(printable(decided_words(decided, undo_s=deployment.settings.undo_s)))


def _ask_for(others: "Sequence[Other]", *, yes: bool) -> None:
    """Whether others are to be decided alike; nothing is decided before."""
    if not others or yes:
        return
    if not can_ask():
        raise CommandError("nothing was decided: there is no terminal to ask, add --yes", Exit.WRONG_USE)
    if not ask(f"Decide alike {_named(others)}?"):
        raise CommandError("nothing was decided")


def _named(others: "Sequence[Other]") -> str:
    named = ", ".join(printable(other.uri or other.video_id) for other in others[:_OTHERS_NAMED])
    return named if len(others) <= _OTHERS_NAMED else f"{named} and {len(others) - _OTHERS_NAMED:,} more"


def _refuse_options_of_one(video: str | None, action: Action | None, options: "Mapping[str, object]") -> None:
    """What is said of one decision would be said of none of a file's."""
    if video is not None or action is not None:
        raise CommandError("--from takes videos and actions from the file: name none beside it", Exit.WRONG_USE)
    # 0 is something that was said, and an empty text too.
    given = [name for name, value in options.items() if value is not None and value is not False and value != []]
    if given == ["--idempotency-key"]:
        raise CommandError(
            "--from has keys of its own: a row is carried out once, however often it is run", Exit.WRONG_USE
        )
    if given:
        raise CommandError(
            f"{', '.join(given)}: not with --from, which takes --as, --yes and --json beside it; each row says for"
            " itself what is decided",
            Exit.WRONG_USE,
        )
