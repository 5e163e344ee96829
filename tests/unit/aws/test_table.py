from reelsift.aws.table import Table

TABLE = Table(client=None, name="reelsift-jobs")  # type: ignore[arg-type]


def test_every_name_of_an_expression_is_escaped_since_many_are_reserved_words() -> None:
    update = TABLE.transact_update({"slot": 3}, "SET #state = :state REMOVE #open", "#state = :was", state="A", was="B")
    assert update == {
        "Update": {
            "TableName": "reelsift-jobs",
            "Key": {"slot": {"N": "3"}},
            "UpdateExpression": "SET #state = :state REMOVE #open",
            "ConditionExpression": "#state = :was",
            "ExpressionAttributeNames": {"#open": "open", "#state": "state"},
            "ExpressionAttributeValues": {":state": {"S": "A"}, ":was": {"S": "B"}},
        }
    }


def test_a_put_without_a_condition_carries_no_expressions_which_dynamodb_would_refuse() -> None:
    assert TABLE.transact_put({"video_id": "v", "slot": None}) == {
        "Put": {"TableName": "reelsift-jobs", "Item": {"video_id": {"S": "v"}}}
    }
