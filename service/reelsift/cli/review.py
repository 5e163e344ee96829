"""`reelsift review`: what people are asked to look at, from the command line, so that a program can review too."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.aws_environment import asks_aws
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import moment, whole
from reelsift.cli.review_archive import archive, restore
from reelsift.cli.review_export import export
from reelsift.cli.review_forget_person import forget_person
from reelsift.cli.review_opinion import opinion
from reelsift.cli.review_stats import stats
from reelsift.cli.review_view import claim_members, claimed_members, item_members, item_words, print_claimed
from reelsift.cli.seal_view import print_seals, seal_members
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reelsift.aws.deployment import Deployment
    from reelsift.reviews.reviewer import Reviewer

Result = TypeVar("Result")

review = typer.Typer(no_args_is_help=True, help="What people are asked to look at, and what they have decided.")
for command in (opinion, stats, export, archive, restore, forget_person):
    review.command()(asks_aws(command))

ITEMS_SHOWN = 50
MOST_ITEMS = 1000

QueueOption = Annotated[
    list[str] | None,
    typer.Option("--queue", metavar="QUEUE", help="Only of this queue; may be repeated. Unless given: all."),
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="NAME", help="Who reviews, where somebody else's credentials are used; kept as a pseudonym."
    ),
]
VideoArgument = Annotated[
    str, typer.Argument(metavar="VIDEO", help="A video id, or s3://bucket/key, whatever it holds now.")
]


@review.command("list")
@asks_aws
def list_items(
    queue: QueueOption = None,
    limit: Annotated[
        int, typer.Option(parser=whole(1, MOST_ITEMS, of="items"), metavar="N", help="At most so many.")
    ] = ITEMS_SHOWN,
    claimed: Annotated[
        bool, typer.Option("--claimed", help="Videos that somebody is at, instead of what waits.")
    ] = False,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Sealed videos, instead of what waits: for specialists alone.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """List what waits for a look, in the order in which it goes: what has the highest rank first.

    What is due within an hour is given out before that; it stands here by its rank.
    """
    if sealed:
        if queue or claimed:
            raise CommandError("--sealed lists all sealed videos: leave --queue and --claimed away", Exit.WRONG_USE)
        on_deployment(lambda deployment: _list_sealed(deployment, limit, as_json=as_json))
        return
    on_deployment(lambda deployment: _list(deployment, queue or [], limit, claimed=claimed, as_json=as_json))


@review.command()
@asks_aws
def add(
    video: VideoArgument,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What to look for.")] = None,
    appeal: Annotated[
        str | None, typer.Option(metavar="ID", help="Somebody objects to what was decided: the id of their appeal.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="With --appeal: what it says.")] = None,
    due: Annotated[
        int | None,
        typer.Option(parser=moment, metavar="TIME", help="By when it should be decided, in ISO 8601, UTC."),
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="QUEUE", help="Where it waits; unless given, where the policy says.")
    ] = None,
    named: NameOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the item as a JSON object.")] = False,
) -> None:
    """Ask for a look at a video, analysed or not; or, with --appeal, that somebody else look at what was decided.

    An appeal is never given to anybody who has decided the video; it ends by `decide VIDEO uphold|overturn --appeal`.
    What waits already for the same cause stays as it is.
    """
    from reelsift.domain.handling_document import QUEUE_NAME
    from reelsift.reviews.asking import Wish

    if appeal is None and text is not None:
        raise CommandError("--text is what an appeal says: add --appeal ID, or use --note", Exit.WRONG_USE)
    if appeal is not None and note is not None:
        raise CommandError("an appeal has a --text, and no --note", Exit.WRONG_USE)
    if queue is not None and not QUEUE_NAME.fullmatch(queue):
        raise CommandError(
            f"--queue: {queue[:100]!r} is no name of a queue: up to 40 of a-z, 0-9, _ and -, the first no _ or -",
            Exit.WRONG_USE,
        )
    wish = Wish(text=note if appeal is None else text, due_ms=due, queue=queue, appeal=appeal)
    if (fault := wish.fault()) is not None:
        raise CommandError(fault, Exit.WRONG_USE)

    async def work(deployment: "Deployment", who: "Reviewer") -> None:
        from reelsift.policy_versions.current import LiveHandling
        from reelsift.reviews.asking import ask_for
        from reelsift.reviews.table_clock import clock_of_reviews
        from reelsift.reviews.target import find_target

        target = await find_target(deployment, video)
        item = await ask_for(
            deployment, target, wish, who, handling=LiveHandling(deployment), clock=clock_of_reviews(deployment)
        )
        if as_json:
            typer.echo(json.dumps(item_members(item)))
        if (item.text, item.asked_by) != (wish.text, who.by):
            say(printable(f"it waits already: {item_words(item)}"))
        else:
            say(printable(f"{video} waits: {item_words(item)}"))

    _as_reviewer(named, work)


@review.command("next")
@asks_aws
def give_next(
    queue: QueueOption = None,
    named: NameOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as is done anyway where stdout is no terminal.")
    ] = False,
) -> None:
    """Take the next video to look at. Nobody else gets it until you have decided or skipped it, or are gone.

    Decide it with `reelsift decide`. What takes longer than 10 minutes needs `review renew` in between. Exit 4 where
    nothing waits that you may have.
    """

    async def work(deployment: "Deployment", who: "Reviewer") -> None:
        from reelsift.policy_versions.current import LiveHandling
        from reelsift.reviews.claims import claim_desk
        from reelsift.reviews.evidence import read_evidence
        from reelsift.reviews.left_claims import LEFT_CLAIM_MS, count_left_claims
        from reelsift.reviews.listing import require_queues
        from reelsift.reviews.table_clock import clock_of_reviews
        from reelsift.reviews.waking import wake

        await require_queues(deployment, queue or [])
        clock = clock_of_reviews(deployment)
        desk = claim_desk(deployment, LiveHandling(deployment), clock)
        claimed = await desk.next(who, queue or [])
        if claimed is None:
            # What somebody has left is given back by workers, of whom perhaps none runs.
            left = await count_left_claims(deployment, before_ms=clock.now_ms() - LEFT_CLAIM_MS)
            if left:
                await wake(deployment)
            raise CommandError("nothing waits that you may have", Exit.NOTHING_TO_DO)
        evidence = await read_evidence(claimed.row, deployment.work)
        if as_json or not sys.stdout.isatty():
            typer.echo(json.dumps(claimed_members(claimed, evidence)))
        else:
            print_claimed(screen(), claimed, evidence)

    _as_reviewer(named, work)


@review.command()
@asks_aws
def skip(
    video: VideoArgument,
    named: NameOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Give a video back that `review next` gave you: somebody else gets it. You do not get it again today (UTC)."""

    async def work(deployment: "Deployment", who: "Reviewer") -> None:
        from reelsift.policy_versions.current import LiveHandling
        from reelsift.reviews.claims import claim_desk
        from reelsift.reviews.table_clock import clock_of_reviews
        from reelsift.reviews.target import find_target

        target = await find_target(deployment, video)
        desk = claim_desk(deployment, LiveHandling(deployment), clock_of_reviews(deployment))
        await desk.skip(target.video_id, who)
        if as_json:
            typer.echo(json.dumps({"video_id": target.video_id, "skipped": True}))
        say(f"{printable(video)} waits for somebody else")

    _as_reviewer(named, work)


@review.command()
@asks_aws
def renew(
    video: VideoArgument,
    named: NameOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Say that you are still at a video that `review next` gave you: else somebody else gets it after 10 minutes."""

    async def work(deployment: "Deployment", who: "Reviewer") -> None:
        from reelsift.policy_versions.current import LiveHandling
        from reelsift.reviews.claims import claim_desk
        from reelsift.reviews.table_clock import clock_of_reviews
        from reelsift.reviews.target import find_target

        target = await find_target(deployment, video)
        desk = claim_desk(deployment, LiveHandling(deployment), clock_of_reviews(deployment))
        claim = await desk.renew(target.video_id, who)
        if as_json:
            typer.echo(json.dumps(claim_members(claim)))
        say(f"{printable(video)} is yours for 10 more minutes")

    _as_reviewer(named, work)


async def _list(deployment: "Deployment", queues: list[str], limit: int, *, claimed: bool, as_json: bool) -> None:
    from reelsift.reviews.listing import claims, require_queues, waiting_items
    from reelsift.reviews.reviewer import reviewer

    await require_queues(deployment, queues)
    if claimed:
        found = await claims(deployment, limit)
        if as_json:
            for claim in found:
                typer.echo(json.dumps(claim_members(claim)))
            return
        table = _table("since", "item", "by", "video")
        for claim in found:
            table.add_row(wording.moment(claim.claimed_ms), claim.item, claim.by, claim.video_id)
        screen(unbroken=True).print(table)
        return
    listed = await waiting_items(
        deployment, queues, limit, viewer=lambda: reviewer(deployment.people, deployment.caller)
    )
    if as_json:
        for item, row in listed:
            typer.echo(json.dumps(item_members(item, row)))
        return
    if not listed:
        say("nothing waits")
        return
    table = _table("queue", "cause", "rank", "due", "video")
    for item, row in listed:
        table.add_row(
            item.queue,
            Text(printable(item.name)),
            f"{item.rank}",
            wording.moment(item.due_ms),
            Text(printable(item.video_id if row is None or row.video is None else row.video.uri)),
        )
    screen(unbroken=True).print(table)
    if len(listed) == limit:
        say(f"there may be more than these {limit}: --limit shows up to {MOST_ITEMS:,}")


async def _list_sealed(deployment: "Deployment", limit: int, *, as_json: bool) -> None:
    from reelsift.reviews.sealed_access import sealed_videos

    seals = (await sealed_videos(deployment))[:limit]
    if as_json:
        for seal in seals:
            typer.echo(json.dumps(seal_members(seal)))
    elif seals:
        print_seals(screen(unbroken=True), seals)
    else:
        say("nothing is sealed")


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column == "rank" else "left")
    return table


def _as_reviewer(named: str | None, work: "Callable[[Deployment, Reviewer], Awaitable[Result]]") -> Result:
    """Do something as whoever runs this command, or whom they name."""

    async def as_whom(deployment: "Deployment") -> Result:
        from reelsift.reviews.reviewer import UnusableName, reviewer

        try:
            who = await reviewer(deployment.people, deployment.caller, named)
        except UnusableName as error:
            raise CommandError(f"--as: {error}", Exit.WRONG_USE) from None
        return await work(deployment, who)

    return on_deployment(as_whom)
