"""Permissions are pairs of action and resource, and are told apart as such."""

import json

from support.policies import Names, Permission, Policies

_HERE = Names("rs-1", "rs-1-work-eu", ("rs-1-videos-eu", "archive"), "rs-1-sealed-eu")
_ELSEWHERE = Names("t5", "t5-work", ("t5-videos",), "t5-sealed")
_TABLES = "arn:aws:dynamodb:eu-west-1:123456789012:table"

_DOCUMENT = {
    "Statement": [
        {
            "Sid": "Rows",
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": [f"{_TABLES}/rs-1-jobs", f"{_TABLES}/rs-1-outcomes"],
        },
        {
            "Sid": "Videos",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::rs-1-videos-eu/*", "arn:aws:s3:::archive/*"],
        },
    ]
}
_POLICIES = Policies.read([_DOCUMENT], _HERE)


def test_each_action_on_each_resource_is_one_and_data_buckets_are_alike() -> None:
    tables = [f"{_TABLES}/<deployment>-{table}" for table in ("jobs", "outcomes")]
    assert _POLICIES.permissions == {
        *(Permission("Rows", f"dynamodb:{action}", table) for action in ("GetItem", "PutItem") for table in tables),
        Permission("Videos", "s3:GetObject", "arn:aws:s3:::<data>/*"),
    }


def test_an_action_that_was_used_on_one_table_was_not_used_on_another() -> None:
    used = {"dynamodb:GetItem": [f"{_TABLES}/t5-jobs"], "s3:GetObject": ["arn:aws:s3:::t5-work/raw/a"]}
    assert _POLICIES.used(used, _ELSEWHERE) == {Permission("Rows", "dynamodb:GetItem", f"{_TABLES}/<deployment>-jobs")}


def test_another_deployment_gets_the_same_policies_with_its_own_names() -> None:
    (document,) = (json.loads(text) for text in _POLICIES.documents_for(_ELSEWHERE))
    resources = [statement["Resource"] for statement in document["Statement"]]
    assert resources == [[f"{_TABLES}/t5-jobs", f"{_TABLES}/t5-outcomes"], ["arn:aws:s3:::t5-videos/*"] * 2]


def test_what_was_used_in_the_deployment_itself_counts_for_all_of_its_buckets() -> None:
    used = _POLICIES.used({"s3:GetObject": ["arn:aws:s3:::archive/a.mp4"]}, _HERE)
    assert used == {Permission("Videos", "s3:GetObject", "arn:aws:s3:::<data>/*")}
