from decimal import Decimal

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.errors import NotADataBucket
from reelsift.settings import Settings
from reelsift.smoke.journey import SmokeOrder


def settings(**values: object) -> Settings:
    return Settings.model_validate(
        {
            "work_bucket": "work",
            "data_buckets": frozenset({"videos-b", "videos-a"}),
            "completions_topic_arn": "arn:aws:sns:eu-west-1:111122223333:completions",
            "alerts_topic_arn": "arn:aws:sns:eu-west-1:111122223333:alerts",
            "rekognition_role_arn": "arn:aws:iam::111122223333:role/rekognition",
            **values,
        }
    )


def test_the_first_bucket_by_name_is_taken_unless_one_is_named() -> None:
    assert SmokeOrder.of(settings()).bucket == "videos-a"
    assert SmokeOrder.of(settings(), "videos-b").bucket == "videos-b"


def test_the_bucket_that_the_deployment_has_made_comes_first() -> None:
    own = "reelsift-videos-111122223333-eu-west-1"
    mixed = settings(deployment="reelsift", data_buckets=frozenset({"a-partners", own}))
    assert SmokeOrder.of(mixed).bucket == own


def test_a_bucket_that_is_no_data_bucket_is_refused_with_those_that_are() -> None:
    with pytest.raises(NotADataBucket) as refused:
        SmokeOrder.of(settings(), "elsewhere")
    assert (refused.value.bucket, refused.value.data_buckets) == ("elsewhere", frozenset({"videos-a", "videos-b"}))


def test_an_analysis_that_gives_a_verdict_is_preferred() -> None:
    both = settings(analyses=(Analysis.LABELS, Analysis.CONTENT_MODERATION))
    assert SmokeOrder.of(both).analysis is Analysis.CONTENT_MODERATION
    assert SmokeOrder.of(settings(analyses=(Analysis.LABELS,))).analysis is Analysis.LABELS


def test_it_costs_four_seconds_or_a_minute_where_aws_rounds_up() -> None:
    some = settings(price_content_moderation=Decimal("0.15"))
    assert SmokeOrder.of(some).cost_micros(some) == (10_000, 150_000)
    rounded = some.model_copy(update={"least_billed_s": 120})
    assert SmokeOrder.of(rounded).cost_micros(rounded) == (300_000, 300_000)
