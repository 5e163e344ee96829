"""`reelsift policy`: what decides over videos, from the first draft on."""

import typer

from reelsift.cli.aws_environment import asks_aws
from reelsift.cli.policy_advise import advise
from reelsift.cli.policy_apply import apply, rollback
from reelsift.cli.policy_archive import archive
from reelsift.cli.policy_check import policy_check
from reelsift.cli.policy_log import log, show
from reelsift.cli.policy_test import policy_test

policy = typer.Typer(name="policy", no_args_is_help=True, help="What decides over videos, and what would change.")

policy.command("check")(policy_check)
policy.command("test")(asks_aws(policy_test))
for command in (advise, apply, rollback, log, show, archive):
    policy.command()(asks_aws(command))
