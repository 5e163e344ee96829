"""`reelsift review`: what people look at, and what they have decided."""

import typer

from reelsift.cli.aws_environment import asks_aws
from reelsift.cli.review_archive import archive, restore
from reelsift.cli.review_export import export

review = typer.Typer(
    name="review",
    no_args_is_help=True,
    help="What people have decided: the audit, statements of reasons, the archive.",
)
for command in (export, archive, restore):
    review.command()(asks_aws(command))
