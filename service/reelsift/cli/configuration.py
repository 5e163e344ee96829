"""`python -m reelsift.cli.configuration`: docs/configuration.md, written from the settings themselves."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import typer
from pydantic.fields import FieldInfo

from reelsift.setting_words import type_words
from reelsift.settings import OPTIONS, PRICES, Settings

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "The deployment",
        "Where everything is: the names of the deployment's own resources.",
        (
            "deployment",
            "work_bucket",
            "decision_archive",
            "sealed_bucket",
            "data_buckets",
            "data_bucket_kms_key_arns",
            "completions_topic_arn",
            "alerts_topic_arn",
            "mail_topic_arn",
            "urgent_topic_arn",
            "ticket_topic_arn",
            "batches_topic_arn",
            "event_bus",
            "rekognition_role_arn",
            "region",
        ),
    ),
    (
        "What is analysed, and how it is judged",
        "Confidences are Rekognition's 0-100.",
        (
            "analyses",
            "required_analyses",
            "policy",
            "policy_document",
            "auto_reject_hourly_most",
            "auto_reject_times_usual",
        ),
    ),
    (
        "What people decide",
        "Reasons, and how long a decision can be taken back before anybody hears of it.",
        ("reason_catalogue", "reason_catalogue_document", "undo_s", "decision_s", "seal_copies"),
    ),
    (
        "The review console",
        "What its pages show, and for how long.",
        ("console_link_s", "console_idle_s", "console_support_text", "console_figures_of_people"),
    ),
    (
        "A console behind a load balancer",
        "Who may use it. Terraform sets all of these ([Running the console](running-the-console.md)).",
        (
            "console_url",
            "console_oidc_provider",
            "console_oidc_signer",
            "console_oidc_issuer",
            "console_oidc_client",
            "console_sign_out_url",
            "console_oidc_roles_claim",
            "console_reviewers",
            "console_leads",
            "console_specialists",
        ),
    ),
    (
        "Options of the analyses",
        "Another option is another answer: in that analysis, every video then counts as not analysed yet.",
        tuple(OPTIONS),
    ),
    (
        "Quota and rates",
        "The quota is shared by every application of the account; rates are those of one worker.",
        ("quota", "quota_refresh_s", "start_rate", "get_rate", "collectors"),
    ),
    (
        "Queues and slots",
        "How messages are taken, and how long slots are kept for them.",
        (
            "receive_wait_s",
            "intake_wait_s",
            "visibility_s",
            "heartbeat_s",
            "max_receives",
            "reservation_s",
            "slot_poll_s",
        ),
    ),
    (
        "Retries and overdue work",
        "When a failure is tried again, and when something counts as overdue.",
        (
            "retry_delay_s",
            "max_failures",
            "max_program_failures",
            "trouble_limit_s",
            "reconcile_s",
            "recheck_starting_s",
            "recheck_running_s",
            "recheck_collecting_s",
            "recheck_settled_s",
            "recheck_waiting_s",
        ),
    ),
    (
        "Batches",
        "How manifests become messages, when a batch pauses itself, and what is kept of its videos.",
        (
            "lines_ahead",
            "expand_lease_s",
            "stall_s",
            "share_identical",
            "context_metadata",
            "tag_objects",
            "pause_failed_percent",
            "pause_failed_after",
            "segment_dataset",
            "text_index",
        ),
    ),
    (
        "Metrics and money",
        "Prices are for estimates and reports; what you pay is on the invoice.",
        (
            "metrics_namespace",
            "metrics_interval_s",
            *PRICES,
            "least_billed_s",
            "daily_budget",
            "mail_window_s",
        ),
    ),
    (
        "The process",
        "Start, stop and logs of a worker.",
        ("drain_s", "stop_timeout_s", "liveness_file", "log_format", "log_level"),
    ),
)

_INTRODUCTION = """\
# Configuration

Every setting is an environment variable, or a line of a `.env` file in the working directory; the environment wins.
Durations are seconds. Lists are separated by commas. A setting that cannot work is refused at the start, with a
sentence that says why.

Credentials are found as every AWS tool finds them: `AWS_PROFILE` and so on; the command line takes `--profile` too. The
region is the deployment's own, whatever `AWS_REGION` says.

This page is written by `make docs` from `reelsift.settings`; edit it there.
"""


def document() -> str:
    """The page, the same for the same settings. Raises ValueError where a setting is in no group, or in two."""
    grouped = [name for _, _, names in GROUPS for name in names]
    if sorted(grouped) != sorted(Settings.model_fields):
        odd = sorted(set(grouped) ^ set(Settings.model_fields))
        raise ValueError(f"these settings are not in exactly one group: {', '.join(odd) or 'one is there twice'}")
    return "\n".join([_INTRODUCTION, *(_section(*group) for group in GROUPS)]).rstrip("\n")


def _section(title: str, about: str, names: Sequence[str]) -> str:
    rows = "\n".join(_row(name, Settings.model_fields[name]) for name in names)
    return f"## {title}\n\n{about}\n\n| variable | type | default | meaning |\n| --- | --- | --- | --- |\n{rows}\n"


def _row(name: str, info: FieldInfo) -> str:
    cells = (f"`REELSIFT_{name.upper()}`", type_words(name, info), _default(info), info.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True)
    if value is None or value == ():
        return "`auto`" if "`auto`" in (info.description or "") else "none"
    if isinstance(value, Path):
        return (
            f"`{value.name}` in the temporary folder" if value.parent == Path(tempfile.gettempdir()) else f"`{value}`"
        )
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


if __name__ == "__main__":
    typer.echo(document())
