"""`reelsift review opinion`: what another person says of a video that was decided."""

import json
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
from reelsift.cli.decision_words import opined_members, opined_words
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import one_of
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say
from reelsift.domain.decision import Action
from reelsift.domain.decision_request import DecisionRequest, UnusableRequest
from reelsift.domain.opinion import OPINIONS

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.reviews.reviewer import Reviewer


def opinion(
    video: Annotated[
        str, typer.Argument(metavar="VIDEO", help="A video id, or s3://bucket/key, whatever it holds now.")
    ],
    action: Annotated[
        Action,
        typer.Argument(
            parser=one_of(Action), metavar="ACTION", help="approve, restrict, reject, escalate; or withdraw."
        ),
    ],
    reason: ReasonOption = None,
    note: NoteOption = None,
    named: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="Who says it, where somebody else's credentials are used; kept as a pseudonym."
        ),
    ] = None,
    age: AgeOption = None,
    territory: TerritoryOption = None,
    warning_label: WarningLabelOption = None,
    demote: DemoteOption = False,
    demonetise: DemonetiseOption = False,
    etag: EtagOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Give a second opinion on a video that somebody else has decided, where one is asked for (second_opinions in the
    policy). It changes no status. Where the two do not agree, a third person is asked.

    `withdraw` takes yours back, for as long as a decision can be taken back unheard (undo_s), and while nobody else is
    at the video. What `review next` gave you for that you decide with `decide`, like anything else. Refused, with exit
    1, for who has decided the video.
    """
    request = DecisionRequest(
        action=action,
        reasons=tuple(reason or ()),
        note=note,
        age=age,
        territories=tuple(territory or ()),
        warning_label=warning_label,
        demote=demote,
        demonetise=demonetise,
        etag=etag,
    )
    if action is Action.WITHDRAW:
        on_deployment(lambda deployment: _take_back(deployment, video, named, as_json=as_json))
        return
    if action not in OPINIONS:
        raise CommandError(f"{action} is no opinion: say approve, restrict, reject or escalate", Exit.WRONG_USE)
    try:
        request.checked()
    except UnusableRequest as error:
        raise CommandError(str(error), Exit.WRONG_USE) from None
    on_deployment(lambda deployment: _opine(deployment, video, request, named, as_json=as_json))


async def _opine(
    deployment: "Deployment", video: str, request: DecisionRequest, named: str | None, *, as_json: bool
) -> None:
    from reelsift.reason_catalogues import configured_catalogue
    from reelsift.reviews.specialists import CarryingOut
    from reelsift.reviews.target import find_target

    carry_out = CarryingOut(deployment, configured_catalogue(deployment.settings))
    who = await _who(deployment, named)
    target = await find_target(deployment, video, etag=request.etag)
    opined = await carry_out.opine(target, request, who)
    if as_json:
        typer.echo(json.dumps(opined_members(opined)))
    say(printable(opined_words(opined, undo_s=deployment.settings.undo_s)))


async def _take_back(deployment: "Deployment", video: str, named: str | None, *, as_json: bool) -> None:
    from reelsift.errors import OpinionStands
    from reelsift.reason_catalogues import configured_catalogue
    from reelsift.reviews.specialists import CarryingOut
    from reelsift.reviews.target import find_target

    who = await _who(deployment, named)
    target = await find_target(deployment, video)
    row = await deployment.reviews.get(target.video_id)
    if row is None:
        raise OpinionStands(target.video_id)
    carry_out = CarryingOut(deployment, configured_catalogue(deployment.settings))
    await carry_out.take_back_opinion(target.video_id, row.standing, who)
    if as_json:
        typer.echo(json.dumps({"video_id": target.video_id, "opinion": row.standing, "taken_back": True}))
    say(f"{printable(video)}: your second opinion was taken back, and is asked for again")


async def _who(deployment: "Deployment", named: str | None) -> "Reviewer":
    from reelsift.reviews.reviewer import UnusableName, reviewer

    try:
        return await reviewer(deployment.people, deployment.caller, named)
    except UnusableName as error:
        raise CommandError(f"--as: {error}", Exit.WRONG_USE) from None
