"""Everything that can be set, from the environment (`REELSIFT_…`) or a `.env` file, checked at start."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import Field, ValidationError, create_model, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from reelsift.domain.analyses.options import Option
from reelsift.domain.analysis import Analysis
from reelsift.setting_words import (
    DEPLOYMENT_NAME,
    EVENT_BUS,
    HTTPS_PAGE,
    HTTPS_URL,
    LOAD_BALANCER_ARN,
    ROLE_ARN,
    TOPIC_ARN,
    problem_words,
)

TableName = Literal[
    "jobs", "labels", "slots", "batches", "outcomes", "reviews", "people", "reviewers", "secrets", "sealed"
]
TABLE_NAMES: tuple[TableName, ...] = get_args(TableName)

SQS_LONGEST_WAIT_S = 20
"""A long poll lasts at most 20 s (SQS)."""


_BUCKET = re.compile(r"[0-9A-Za-z._-]+")
"""The characters of a bucket's name. botocore refuses any other in words of its own, once it is asked for something."""

_CLAIMS_OF_PROFILES = frozenset(
    {
        "address",
        "birthdate",
        "email",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "picture",
        "preferred_username",
        "profile",
        "sub",
        "website",
        "zoneinfo",
    }
)
"""Standard claims about a person (OpenID Connect Core, 5.1): many providers let people write these."""


class SettingsError(Exception):
    """The settings cannot work; the message says which and what to do, one line each.

    `none_there` is whether not one of those is set that a deployment needs: nobody has said which it is.
    """

    def __init__(self, message: str, *, none_there: bool = False) -> None:
        super().__init__(message)
        self.none_there = none_there


PRICES = {f"price_{analysis}": analysis for analysis in Analysis}
"""The settings that are prices, and of which analysis."""

OPTIONS: dict[str, Option] = {option.name: option for analysis in Analysis for option in analysis.spec.options}
"""The settings that are options of analyses."""


class _Environment(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="REELSIFT_", env_file=".env", extra="ignore", hide_input_in_errors=True, frozen=True
    )


class _Settings(_Environment):
    """One deployment's settings. Durations end in `_s` (seconds); confidences are Rekognition's 0-100."""

    deployment: str = Field(
        "reelsift",
        pattern=DEPLOYMENT_NAME,
        description="Name of the deployment; queues, tables and topics are called `<deployment>-…` after it.",
    )
    work_bucket: str = Field(
        min_length=3, description="Bucket for manifests, raw answers and results; reelsift writes nowhere else."
    )
    decision_archive: str | None = Field(
        None,
        min_length=3,
        description="Bucket with Object Lock that every decision is exported to once a day; unless set, none is.",
    )
    sealed_bucket: str | None = Field(
        None,
        min_length=3,
        description="Bucket of what is known of sealed videos, which nobody but workers and specialists may read;"
        " unless set, no video can be sealed.",
    )
    seal_copies: bool = Field(
        default=False,
        description="Whether a sealed video is copied to the sealed bucket where its own bucket has no Object Lock, so"
        " that it cannot be lost by a deletion.",
    )
    data_buckets: Annotated[frozenset[str], NoDecode] = Field(
        description="Buckets whose videos may be read, separated by commas. Lines naming another bucket fail."
    )
    data_bucket_kms_key_arns: Annotated[frozenset[str] | None, NoDecode] = Field(
        None,
        description="KMS keys that the roles may use for videos, separated by commas, S3's own `aws/s3` among them. A"
        " line whose video is under another key fails at once; unless set, keys are not looked at.",
    )
    completions_topic_arn: str = Field(pattern=TOPIC_ARN, description="Topic that Rekognition reports completions to.")
    alerts_topic_arn: str = Field(pattern=TOPIC_ARN, description="Topic that alerts are published to.")
    mail_topic_arn: str | None = Field(
        None,
        pattern=TOPIC_ARN,
        description="Topic for people who get alerts by mail: the first at once, then one digest a window.",
    )
    urgent_topic_arn: str | None = Field(
        None,
        pattern=TOPIC_ARN,
        description="Topic of the alarms that somebody should act on at once. Only `doctor` uses it: it says who is"
        " subscribed.",
    )
    ticket_topic_arn: str | None = Field(
        None,
        pattern=TOPIC_ARN,
        description="Topic of the alarms that can wait for the next working day; likewise.",
    )
    batches_topic_arn: str | None = Field(
        None,
        pattern=TOPIC_ARN,
        description="Topic that is notified of the end of a batch, with its numbers and where its report is.",
    )
    mail_window_s: float = Field(60, gt=0, description="At most one message goes to the mail topic in this time.")
    event_bus: str | None = Field(
        None,
        pattern=EVENT_BUS,
        max_length=1600,
        description="EventBridge bus that each change of a video's status is told to, by its name, or by its ARN where"
        " it is in another account; without one nothing is told.",
    )
    rekognition_role_arn: str = Field(
        pattern=ROLE_ARN, description="Role that lets Rekognition publish to the completions topic."
    )

    region: str | None = Field(
        None,
        min_length=1,
        description="AWS region of the deployment; by default that of the completions topic.",
    )

    analyses: Annotated[tuple[Analysis, ...], NoDecode] = Field(
        (Analysis.CONTENT_MODERATION,),
        min_length=1,
        description="Analyses of a line that names none itself, separated by commas; each is paid for separately.",
    )
    required_analyses: Annotated[tuple[Analysis, ...], NoDecode] = Field(
        (),
        description="Of the analyses a line asks for, those without which it is FAILED, separated by commas; without"
        " the others it is SUCCEEDED as `partly_failed`. Unless set, and for a line that asks for none of them: all.",
    )
    policy: Path | None = Field(
        None,
        description="YAML policy file that makes the first version of the live policy; without it the built-in one"
        " does.",
    )
    policy_document: str | None = Field(
        None, min_length=1, description="The same as YAML or JSON itself, where no file can be read."
    )

    reason_catalogue: Path | None = Field(
        None, description="YAML file of the reasons that people give for decisions; without it the built-in ones."
    )
    reason_catalogue_document: str | None = Field(
        None, min_length=1, description="The reasons themselves, as YAML or JSON, where no file can be read."
    )
    undo_s: float = Field(
        10,
        ge=0,
        le=3600,
        description="How long the event of a decision waits: one that is withdrawn meanwhile is not told at all.",
    )
    auto_reject_hourly_most: int = Field(
        100,
        ge=0,
        le=100_000,
        description="Videos that machines reject within an hour (UTC) at most, where `policy apply --auto-reject` lets"
        " them. What is over waits for a person.",
    )
    auto_reject_times_usual: float = Field(
        3.0,
        ge=1,
        le=1_000,
        allow_inf_nan=False,
        description="The same, as a multiple of the mean of an hour of the seven days before; 10 are never too many.",
    )
    decision_s: float = Field(
        60,
        gt=0,
        le=3600,
        description="How long a person takes for a decision, where too few were made to measure it: `policy test` says"
        " how much there would be to review.",
    )

    console_link_s: int = Field(
        300,
        ge=30,
        le=3600,
        description="How long a link works by which the console's pages show a video; they ask for another in time.",
    )
    console_idle_s: int = Field(
        180,
        ge=30,
        le=540,
        description="After so long in which nobody touches keyboard or mouse the console blanks the page and gives the"
        " video back.",
    )
    console_support_text: str = Field(
        "Thank you for reporting this. You have seen something bad: take a break, and talk to somebody about it.",
        min_length=1,
        max_length=2000,
        description="What the console says to whoever has just sealed a video: whom to talk to, at your company.",
    )
    console_figures_of_people: bool = Field(
        default=False,
        description="Whether the console shows leads figures of single people; the law may forbid it where you are.",
    )
    console_url: str | None = Field(
        None,
        pattern=HTTPS_URL,
        description="Where people open a console that is behind a load balancer (`reelsift console --serve`).",
    )
    console_oidc_provider: Literal["cognito", "oidc"] | None = Field(
        None,
        description="How that load balancer logs people in. With `cognito`, their groups are in the access token, and"
        " are read there.",
    )
    console_oidc_signer: str | None = Field(
        None, pattern=LOAD_BALANCER_ARN, description="The load balancer: logins that another has signed are refused."
    )
    console_oidc_issuer: str | None = Field(
        None, pattern=HTTPS_URL, description="Issuer that the load balancer logs people in with."
    )
    console_oidc_client: str | None = Field(
        None, min_length=1, description="Id of the client that the load balancer is at the issuer."
    )
    console_sign_out_url: str | None = Field(
        None,
        pattern=HTTPS_PAGE,
        description="Where the provider ends its own session, with all that it has to be told behind `?`. Unset,"
        " whoever signs out is signed in again without being asked, for as long as they are with the provider.",
    )
    console_oidc_roles_claim: str = Field(
        "groups",
        min_length=1,
        description="Claim that names the groups of a person, with `oidc`. It must not be one that people can write"
        " themselves.",
    )
    console_reviewers: str = Field(
        "reelsift-reviewer", min_length=1, description="Group of those who review in a console behind a load balancer."
    )
    console_leads: str = Field("reelsift-lead", min_length=1, description="Group of those who lead reviews there.")
    console_specialists: str = Field(
        "reelsift-specialist", min_length=1, description="Group of those who see sealed videos there."
    )

    quota: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Rekognition jobs open at once over the whole account; `auto` asks Service Quotas.",
    )
    quota_refresh_s: float = Field(300, gt=0, description="How often `auto` asks Service Quotas.")
    start_rate: float = Field(
        5,
        gt=0,
        description="Start requests a second at first, for this worker; throttling lowers it, success raises it.",
    )
    get_rate: float = Field(20, gt=0, description="Get requests a second this worker sends at most.")

    receive_wait_s: int = Field(
        SQS_LONGEST_WAIT_S, ge=0, le=SQS_LONGEST_WAIT_S, description="Length of a long poll for completions."
    )
    intake_wait_s: int = Field(
        5,
        ge=0,
        le=SQS_LONGEST_WAIT_S,
        description="Length of a long poll for lines; the queues that go first are asked in between, so keep it short.",
    )
    visibility_s: int = Field(30, ge=4, le=43_200, description="How long a received message stays hidden.")
    heartbeat_s: float = Field(10, gt=0, description="How often a message that is still worked on is hidden again.")
    max_receives: int = Field(
        5, ge=2, description="A message received this often counts as poison; below the queue's own redrive count."
    )
    reservation_s: int = Field(
        10, ge=2, description="How long a slot stays reserved for a worker that has died; a live one renews it."
    )
    slot_poll_s: float = Field(1.0, gt=0, description="How often a worker without a slot searches for a free one.")
    collectors: int = Field(8, ge=1, le=64, description="Answers that one worker reads at a time.")

    retry_delay_s: int = Field(30, ge=0, le=900, description="Delay before the second attempt; doubled for each more.")
    max_failures: int = Field(3, ge=1, description="Attempts that may fail retryably before the video is FAILED.")
    max_program_failures: int = Field(
        5, ge=1, description="A job that reelsift itself fails over so often, in one state, is given up."
    )
    trouble_limit_s: float = Field(
        3600,
        gt=0,
        description="After so long a video that AWS alone fails over, while it answers about others, ends as FAILED.",
    )
    reconcile_s: float = Field(10, gt=0, description="How often a worker checks for overdue jobs.")
    recheck_starting_s: float = Field(20, gt=0, description="After this a Start of unknown result is replayed.")
    recheck_running_s: float = Field(
        600, gt=0, description="After this a completion counts as lost; the job is polled."
    )
    recheck_collecting_s: float = Field(60, gt=0, description="After this an answer is read again from the start.")
    recheck_settled_s: float = Field(30, gt=0, description="After this outcomes and alert are delivered again.")
    recheck_waiting_s: float = Field(
        120, gt=0, description="After this the message of a due attempt counts as never sent, and is sent."
    )

    lines_ahead: int | None = Field(
        None,
        ge=1,
        description="Lines of batches that are sent and have no outcome yet, for each of the two queues; unless set,"
        " twice the quota and 50 more.",
    )
    expand_lease_s: float = Field(120, gt=0, description="After this a chunk whose sending stopped is taken over.")
    stall_s: float = Field(
        3600,
        gt=0,
        description="After this without a line that ended, the lines of a chunk that have no outcome are sent again.",
    )
    tag_objects: bool = Field(
        default=False,
        description="Whether videos' objects are tagged with the status of their video (`reelsift-status`).",
    )
    context_metadata: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Keys of the videos' S3 metadata (without `x-amz-meta-`) that belong to the context of their"
        " lines, separated by commas; what a line says itself goes first.",
    )
    share_identical: bool = Field(
        default=False,
        description="Whether lines without a batch share the analysis of a video of identical content (SHA-256); a"
        " batch says so itself.",
    )
    text_index: bool = Field(
        default=True,
        description="Whether `search --text` finds videos by the words that are to be read in them: up to 200 words a"
        " video are written to a table.",
    )
    segment_dataset: bool = Field(
        default=True,
        description="Whether reports have a row for every segment of every video, as Parquet, besides a row for every"
        " line. Each result is read once more for it.",
    )
    least_billed_s: float = Field(
        0,
        ge=0,
        le=3600,
        description="Seconds of video that an analysis is reckoned as at least, in estimates, budgets and reports; 0:"
        " in proportion. Whether AWS rounds short videos up is not known.",
    )
    daily_budget: Decimal | None = Field(
        None, gt=0, description="Money that may be spent in a day (UTC); what would pass it waits for the next day."
    )
    pause_failed_percent: float = Field(
        50, gt=0, le=100, description="A batch of which more than this percentage has failed pauses itself."
    )
    pause_failed_after: int = Field(
        1000, ge=1, description="Lines of a batch that must have ended before its failures are judged."
    )

    metrics_namespace: str = Field("Reelsift", min_length=1, description="CloudWatch namespace.")
    metrics_interval_s: float = Field(60, gt=0, description="How often metrics are sent.")

    drain_s: float = Field(
        90, gt=0, description="On SIGTERM, how long work that was begun may take; below the stop timeout."
    )
    stop_timeout_s: float = Field(120, gt=0, le=120, description="When ECS sends SIGKILL after SIGTERM (at most 120).")
    liveness_file: Path = Field(
        default_factory=lambda: Path(tempfile.gettempdir()) / "reelsift-worker.alive",
        description="Touched while the worker makes progress; `reelsift worker --check` reads its age.",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`auto` is coloured text on a terminal and JSON lines elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")

    @field_validator("data_buckets", "data_bucket_kms_key_arns", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return frozenset(_split(value)) if isinstance(value, str) else value

    @field_validator("work_bucket", "decision_archive", "sealed_bucket", "data_buckets")
    @classmethod
    def _bucket_names(cls, value: str | frozenset[str] | None) -> str | frozenset[str] | None:
        for name in sorted([value] if isinstance(value, str) else value or ()):
            if _BUCKET.fullmatch(name) is None:
                raise ValueError(f"has {name!r}, and takes the name of a bucket alone: no s3://, ARN or folder")
        return value

    @field_validator("context_metadata", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        # S3 keeps them in lower case.
        return tuple(dict.fromkeys(key.casefold() for key in _split(value))) if isinstance(value, str) else value

    @field_validator("analyses", "required_analyses", mode="before")
    @classmethod
    def _split_analyses(cls, value: object) -> object:
        return tuple(dict.fromkeys(map(_named, _split(value)))) if isinstance(value, str) else value

    @field_validator("console_oidc_roles_claim")
    @classmethod
    def _not_written_by_people(cls, claim: str) -> str:
        if claim in _CLAIMS_OF_PROFILES:
            raise ValueError(f"is {claim}, which people may write themselves")
        return claim

    @field_validator("quota", mode="before")
    @classmethod
    def _auto_quota(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() == "auto" else value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Settings that are fine alone but not together."""
        if not self.data_buckets:
            raise ValueError("REELSIFT_DATA_BUCKETS must name at least one bucket: nothing else may be read")
        if self.policy is not None and self.policy_document is not None:
            raise ValueError("REELSIFT_POLICY and REELSIFT_POLICY_DOCUMENT are both set: keep one")
        if self.reason_catalogue is not None and self.reason_catalogue_document is not None:
            raise ValueError("REELSIFT_REASON_CATALOGUE and REELSIFT_REASON_CATALOGUE_DOCUMENT are both set: keep one")
        if self.heartbeat_s * 2 > self.visibility_s:
            raise ValueError(
                f"REELSIFT_HEARTBEAT_S ({self.heartbeat_s:g} s) must be at most half of"
                f" REELSIFT_VISIBILITY_S ({self.visibility_s} s): one missed heartbeat must not bring a message back"
            )
        if self.drain_s >= self.stop_timeout_s:
            raise ValueError(
                f"REELSIFT_DRAIN_S ({self.drain_s:g} s) must be shorter than"
                f" REELSIFT_STOP_TIMEOUT_S ({self.stop_timeout_s:g} s):"
                " what was begun has to end before SIGKILL"
            )
        if self.reconcile_s > self.recheck_running_s:
            raise ValueError(
                f"REELSIFT_RECONCILE_S ({self.reconcile_s:g} s) must not be longer than REELSIFT_RECHECK_RUNNING_S"
                f" ({self.recheck_running_s:g} s): nothing would be checked in time"
            )
        return self

    @property
    def home_region(self) -> str:
        """The region everything lies in: Rekognition reports to a topic of its own region only."""
        return self.region or self.completions_topic_arn.split(":")[3]

    @property
    def prices(self) -> dict[Analysis, Decimal]:
        """Dollars a minute of video costs in each analysis."""
        return {analysis: getattr(self, name) for name, analysis in PRICES.items()}

    @property
    def options(self) -> dict[str, Any]:
        """The values of the analyses' options, by their names."""
        return {name: getattr(self, name) for name in OPTIONS}

    @property
    def least_billed_ms(self) -> int:
        """What the analysis of a video is billed as at least."""
        return round(self.least_billed_s * 1000)

    def price_per_minute(self, analysis: Analysis) -> Decimal:
        """Dollars a minute of video costs in an analysis."""
        return self.prices[analysis]

    def queue_name(self, queue: Literal["intake", "priority", "begun", "completion"]) -> str:
        return f"{self.deployment}-{queue}"

    def table_name(self, table: TableName) -> str:
        return f"{self.deployment}-{table}"


def _price(analysis: Analysis) -> tuple[type[Decimal], Any]:
    about = f"Money a minute of {analysis.spec.title}, as AWS's price list says."
    return Decimal, Field(analysis.spec.price, ge=0, description=about)


def _option(option: Option) -> tuple[Any, Any]:
    # Lists are read by their kind, not as JSON.
    return Annotated[option.kind, NoDecode], Field(option.default, description=option.description)


if TYPE_CHECKING:
    Settings = _Settings
else:
    # Each analysis there is brings a price of its own, and its options.
    Settings = create_model(
        "Settings",
        __base__=_Settings,
        __doc__=_Settings.__doc__,
        __module__=__name__,
        **{name: _price(analysis) for name, analysis in PRICES.items()},
        **{name: _option(option) for name, option in OPTIONS.items()},
    )


_Options: type[BaseSettings] = create_model(
    "_Options",
    __base__=_Environment,
    **{name: _option(option) for name, option in OPTIONS.items()},  # type: ignore[call-overload] # made at run time
)


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError with a line a setting that a user can act on."""
    try:
        return Settings()
    except ValidationError as error:
        problems = error.errors()
        missing = {problem["loc"][0] for problem in problems if problem["type"] == "missing"}
        required = {name for name, info in Settings.model_fields.items() if info.is_required()}
        sentences = dict.fromkeys(_sentence(problem) for problem in problems)
        raise SettingsError("\n".join(sentences), none_there=missing == required) from None
    except UnicodeDecodeError as error:
        raise _unreadable(error) from None


def load_options() -> dict[str, Any]:
    """The values of the analyses' options in this environment, by their names, without any other setting. Raises
    SettingsError as `load_settings` does.
    """
    try:
        return _Options().model_dump()
    except ValidationError as error:
        raise SettingsError("\n".join(dict.fromkeys(map(_sentence, error.errors())))) from None
    except UnicodeDecodeError as error:
        raise _unreadable(error) from None


def unknown_names(environment: Iterable[str]) -> list[str]:
    """Variables that look like settings and are none: mistyped, or of another release."""
    prefix = str(Settings.model_config.get("env_prefix"))
    known = {f"{prefix}{name}".upper() for name in Settings.model_fields}
    return sorted(name for name in environment if name.startswith(prefix) and name not in known)


def _unreadable(error: UnicodeDecodeError) -> SettingsError:
    return SettingsError(f".env is not text in UTF-8: {error.reason} at byte {error.start:,}")


def _sentence(problem: Mapping[str, Any]) -> str:
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    # An element of a list is told by the list.
    name = str(problem["loc"][0])
    return f"REELSIFT_{name.upper()} {problem_words(name, Settings.model_fields[name], problem)}"


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _named(name: str) -> str:
    """An analysis by the name that stands in tables, so that one named twice is seen twice; another name as it is."""
    try:
        return Analysis(name)
    except ValueError:
        return name
