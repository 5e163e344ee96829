import re
from collections.abc import Callable
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.settings import Settings, SettingsError, load_settings, unknown_names
from support.cases import every_case

REQUIRED = {
    "WORK_BUCKET": "reelsift-work",
    "DATA_BUCKETS": "one, two,",
    "COMPLETIONS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:reelsift-completions",
    "ALERTS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:reelsift-alerts",
    "REKOGNITION_ROLE_ARN": "arn:aws:iam::123456789012:role/reelsift-rekognition",
}


SetAll = Callable[..., None]


@pytest.fixture
def set_(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SetAll:
    monkeypatch.chdir(tmp_path)

    def set_all(**values: str) -> None:
        for name, value in (REQUIRED | values).items():
            monkeypatch.setenv(f"REELSIFT_{name}", value)

    return set_all


def test_the_required_settings_suffice(set_: SetAll) -> None:
    set_(ANALYSES="labels, content_moderation,labels", QUOTA="auto")
    settings = load_settings()
    assert settings.data_buckets == {"one", "two"}
    assert settings.analyses == (Analysis.LABELS, Analysis.CONTENT_MODERATION)
    assert settings.quota is None


def test_what_is_missing_is_named_with_what_it_is_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as error:
        load_settings()
    lines = str(error.value).splitlines()
    assert len(lines) == len(REQUIRED)
    assert all(line.startswith("REELSIFT_") and " is not set: " in line for line in lines)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"HEARTBEAT_S": "16"}, "REELSIFT_HEARTBEAT_S (16 s) must be at most half of REELSIFT_VISIBILITY_S (30 s)"),
        ({"DRAIN_S": "120"}, "REELSIFT_DRAIN_S (120 s) must be shorter than REELSIFT_STOP_TIMEOUT_S (120 s)"),
        (
            {"RECHECK_RUNNING_S": "5"},
            "REELSIFT_RECONCILE_S (10 s) must not be longer than REELSIFT_RECHECK_RUNNING_S (5 s)",
        ),
        ({"DATA_BUCKETS": "a-videos,s3://b-videos"}, "REELSIFT_DATA_BUCKETS has 's3://b-videos', and takes the name"),
        ({"WORK_BUCKET": "arn:aws:s3:::work"}, "REELSIFT_WORK_BUCKET has 'arn:aws:s3:::work', and takes the name"),
        ({"SEALED_BUCKET": "sealed/"}, "REELSIFT_SEALED_BUCKET has 'sealed/', and takes the name"),
        ({"DECISION_ARCHIVE": "s3://kept"}, "REELSIFT_DECISION_ARCHIVE has 's3://kept', and takes the name"),
        (
            {"CONSOLE_OIDC_ROLES_CLAIM": "nickname"},
            "REELSIFT_CONSOLE_OIDC_ROLES_CLAIM is nickname, which people may write themselves",
        ),
        ({"CONSOLE_URL": "http://review.example.com"}, "REELSIFT_CONSOLE_URL takes an address"),
        ({"CONSOLE_OIDC_SIGNER": "arn:aws:iam::1:role/x"}, "REELSIFT_CONSOLE_OIDC_SIGNER takes the ARN of an app"),
        ({"DATA_BUCKETS": " , "}, "REELSIFT_DATA_BUCKETS must name at least one bucket"),
        ({"ANALYSES": "nudity,labels"}, "REELSIFT_ANALYSES takes a list of `content_moderation`, `labels`"),
        ({"UNDO_S": "abc"}, "REELSIFT_UNDO_S takes a number of seconds, at least 0"),
        (
            {"QUOTA": "0"},
            "REELSIFT_QUOTA takes a whole number, at least 1, at most 10,000, or `auto`: Rekognition jobs",
        ),
        ({"COMPLETIONS_TOPIC_ARN": "my-topic"}, "REELSIFT_COMPLETIONS_TOPIC_ARN takes the ARN of an SNS topic"),
        (
            {"VISIBILITY_S": "1"},
            "REELSIFT_VISIBILITY_S takes a whole number of seconds, at least 4, at most 43,200: How",
        ),
        ({"LOG_LEVEL": "loud"}, "REELSIFT_LOG_LEVEL takes `debug`, `info`, `warning`, `error`: Lowest level"),
    ],
)
def test_impossible_settings_are_refused_in_words(set_: SetAll, values: dict[str, str], words: str) -> None:
    set_(**values)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert words in str(error.value)
    assert "my-topic" not in str(error.value)


def test_the_region_is_that_of_the_completions_topic_whatever_the_environment_says(
    set_: SetAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    set_()
    assert load_settings().home_region == "eu-west-1"


def test_a_region_that_is_set_wins(set_: SetAll) -> None:
    set_(REGION="eu-north-1")
    assert load_settings().home_region == "eu-north-1"


def test_keys_of_videos_are_a_list_or_unknown(set_: SetAll) -> None:
    set_()
    assert load_settings().data_bucket_kms_key_arns is None
    set_(DATA_BUCKET_KMS_KEY_ARNS="one, two")
    assert load_settings().data_bucket_kms_key_arns == frozenset({"one", "two"})


def test_a_policy_is_given_once(set_: SetAll) -> None:
    set_(POLICY="policy.yaml", POLICY_DOCUMENT="{}")
    with pytest.raises(SettingsError, match="REELSIFT_POLICY and REELSIFT_POLICY_DOCUMENT are both set"):
        load_settings()


def test_names_that_are_no_settings_are_found() -> None:
    names = ["REELSIFT_QUOTA", "REELSIFT_QOUTA", "AWS_REGION"]
    assert unknown_names(names) == ["REELSIFT_QOUTA"]


def test_an_analysis_may_be_called_by_its_other_name(set_: SetAll) -> None:
    set_(ANALYSES="moderation, content_moderation")
    assert load_settings().analyses == (Analysis.CONTENT_MODERATION,)


def test_every_analysis_has_a_price_of_its_own(set_: SetAll) -> None:
    set_(**{f"PRICE_{analysis.upper()}": f"{number}.5" for number, analysis in enumerate(Analysis)})
    assert load_settings().prices == {analysis: Decimal(f"{number}.5") for number, analysis in enumerate(Analysis)}


def test_an_option_that_is_a_list_is_the_same_in_any_order(set_: SetAll) -> None:
    set_(LABELS_INCLUDE="Weapon, Dog,Weapon,")
    assert load_settings().options["labels_include"] == ("Dog", "Weapon")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"MIN_CONFIDENCE": "101"}, "REELSIFT_MIN_CONFIDENCE takes a number, at least 0, at most 100: Rekognition is"),
        ({"LABELS_INCLUDE": "Wea!pon"}, "REELSIFT_LABELS_INCLUDE has a name that Rekognition refuses: 1 to 50"),
        ({"LABELS_EXCLUDE": "a" * 51}, "REELSIFT_LABELS_EXCLUDE has a name that Rekognition refuses: 1 to 50"),
        (
            {"LABELS_INCLUDE_CATEGORIES": ",".join(map(str, range(101)))},
            "REELSIFT_LABELS_INCLUDE_CATEGORIES takes a list of text, at most 100 long: Categories",
        ),
        # A page of the developer guide writes it so.
        ({"SEGMENTS_TYPES": "TECHNICAL_CUES"}, "REELSIFT_SEGMENTS_TYPES takes a list of `SHOT`, `TECHNICAL_CUE`, at"),
        ({"SEGMENTS_TYPES": " , "}, "REELSIFT_SEGMENTS_TYPES takes a list of `SHOT`, `TECHNICAL_CUE`, at least 1 long"),
        (
            {"SEGMENTS_MIN_SHOT_CONFIDENCE": "49"},
            "REELSIFT_SEGMENTS_MIN_SHOT_CONFIDENCE takes a number, at least 50, at most 100: Shots that",
        ),
        ({"TEXT_MIN_HEIGHT": "2"}, "REELSIFT_TEXT_MIN_HEIGHT takes a number, at least 0, at most 1: Words less high"),
        ({"TEXT_REGIONS": "{}"}, 'REELSIFT_TEXT_REGIONS must be a JSON list, such as [{"BoundingBox": {"Left": 0'),
        ({"TEXT_REGIONS": "[" + "0," * 10 + "0]"}, "REELSIFT_TEXT_REGIONS must hold regions that are a BoundingBox"),
        (
            {"CELEBRITIES_MIN_CONFIDENCE": "-1"},
            "REELSIFT_CELEBRITIES_MIN_CONFIDENCE takes a number, at least 0, at most",
        ),
    ],
)
def test_an_option_that_rekognition_would_refuse_is_refused_at_the_start(
    set_: SetAll, values: dict[str, str], words: str
) -> None:
    set_(**values)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert words in str(error.value)


VALIDATOR = re.compile(r"[Ii]nput|parse|string|pattern|pydantic|[Vv]alue error|valid (?:number|integer|boolean)")
"""Words of the library that checks settings."""


def test_no_word_of_the_validator_reaches_a_user(set_: SetAll, monkeypatch: pytest.MonkeyPatch) -> None:
    set_()
    with every_case() as case:
        for name, value in product(sorted(Settings.model_fields), ["", "\N{SNOWMAN}", "-1", "1e999", "9" * 400, "nan"]):
            with case(name, value), monkeypatch.context() as wrong:
                wrong.setenv(f"REELSIFT_{name.upper()}", value)
                said = ""
                try:
                    load_settings()
                except SettingsError as error:
                    said = str(error)
                assert not said or f"REELSIFT_{name.upper()}" in said
                assert not VALIDATOR.search(said)


def test_a_settings_file_that_is_no_text_is_a_sentence(set_: SetAll) -> None:
    set_()
    Path(".env").write_bytes(b"REELSIFT_QUOTA=\xff\n")
    with pytest.raises(SettingsError, match=r"\.env is not text in UTF-8"):
        load_settings()


def test_whether_nobody_has_named_a_deployment_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert error.value.none_there
    monkeypatch.setenv("REELSIFT_WORK_BUCKET", "work")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert not error.value.none_there
