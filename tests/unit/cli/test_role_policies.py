from urllib.parse import quote

import pytest

from reelsift.aws.checkup.role import ACTION, allows, statements

TOPIC = "arn:aws:sns:eu-west-1:123456789012:reelsift-completions"


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC}, True),
        ({"Effect": "Allow", "Action": ["sns:publish"], "Resource": ["x", "*"]}, True),
        ({"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:reelsift-*"}, True),
        ({"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:AmazonRekognition*"}, False),
        ({"Effect": "Allow", "Action": "sns:Subscribe", "Resource": "*"}, False),
        ({"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}, False),
    ],
)
def test_a_statement_allows_what_its_patterns_match(statement: dict[str, object], allowed: bool) -> None:  # noqa: FBT001 - a parameter
    assert allows(statement, ACTION, TOPIC) is allowed


def test_a_document_may_be_url_encoded_and_hold_one_statement() -> None:
    assert statements(quote('{"Statement": {"Effect": "Allow"}}')) == [{"Effect": "Allow"}]
