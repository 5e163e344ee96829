"""Patches whose effect no answer shows. Each runs in a process of its own, in which moto is not patched yet."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

FORKS = """
import json, os, sys
import flask, moto.dynamodb.models, moto.moto_server.werkzeug_app, moto.sqs.responses, werkzeug.test
for script in sys.stdin:
    child = os.fork()
    if child == 0:
        exec(json.loads(script), {"__name__": "__main__"})
        sys.stdout.flush()
        os._exit(0)
    print("", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Loads moto once; each script that it is told runs in a fork, which loads the patches. Behind what a script has
printed comes a line that begins with a space: its exit code.
"""

Printed = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def printed() -> Iterator[Printed]:
    """Gives the words that a script prints."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKS],
        env=os.environ | {"MOTO_DISABLE_GLOBAL_CORS": "true"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run(script: str) -> list[str]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(script) + "\n")
            process.stdin.flush()
            said = []
            while not (line := process.stdout.readline()).startswith(" "):
                assert line, "the process that forks has ended"
                said.append(line)
            assert line == " 0\n", "the script has failed"
            return "".join(said).split()

        yield run
        assert process.stdin is not None
        process.stdin.close()


def test_motos_package_is_listed_once_and_not_for_every_request(printed: Printed) -> None:
    script = """
import sys
from moto import backends
from rekognition_cloud.patches.dispatch import patch_module_listing

listings = []
sys.addaudithook(lambda event, arguments: event in ("os.listdir", "os.scandir") and listings.append(event))

def listed():
    listings.clear()
    modules = sorted(backends.list_of_moto_modules())
    return len(listings), "sqs" in modules, len(modules)

before = listed()
patch_module_listing()
after = listed()
print(before[0] > 0, after[0], before[1:] == after[1:])
"""
    assert printed(script) == ["True", "0", "True"]


def test_a_host_is_looked_up_once(printed: Printed) -> None:
    script = """
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from rekognition_cloud.patches.dispatch import patch_host_lookup

class Patterns(list):
    walks = 0
    def __iter__(self):
        Patterns.walks += 1
        return super().__iter__()

def walks():
    application = DomainDispatcherApplication(create_backend_app)
    application.backend_url_patterns = Patterns(application.backend_url_patterns)
    Patterns.walks = 0
    services = {application.get_backend_for_host("rekognition.us-east-1.amazonaws.com") for _ in range(3)}
    return Patterns.walks, *services

print(*walks())
patch_host_lookup()
print(*walks())
"""
    assert printed(script) == ["3", "rekognition", "1", "rekognition"]


def test_a_key_is_looked_for_where_keys_were_made(printed: Printed) -> None:
    script = """
import os
os.environ.pop("MOTO_IAM_LOAD_MANAGED_POLICIES", None)
from moto.iam import models
from rekognition_cloud.patches.iam import patch_accounts

unpatched = models.get_account_id_from
account = models.iam_backends["111122223333"]
account["aws-cn"].create_user("us-east-1", "ann")
key = account["aws-cn"].create_access_key("ann").access_key_id

def accounts():
    return models.get_account_id_from(key), models.get_account_id_from("none")

patch_accounts()
after = accounts(), list(account)
models.get_account_id_from = unpatched
print(*after[0], *after[1], accounts() == after[0], len(account) > 1)
"""
    assert printed(script) == ["111122223333", "123456789012", "aws-cn", "True", "True"]


def test_who_signs_is_looked_for_in_the_same_way(printed: Printed) -> None:
    script = """
import os
os.environ.pop("MOTO_IAM_LOAD_MANAGED_POLICIES", None)
from moto.iam import models
from rekognition_cloud.iam.credentials import account_of
from rekognition_cloud.patches.iam import patch_accounts

patch_accounts()
partitions = models.iam_backends["123456789012"]
print(account_of(None), len(partitions))
"""
    assert printed(script) == ["123456789012", "0"]


def test_a_services_methods_are_listed_once(printed: Printed) -> None:
    script = """
from moto.core import responses
from moto.sqs.responses import SQSResponse
from rekognition_cloud.patches.dispatch import patch_method_listing

def lists():
    return [responses.method_names_from_class(SQSResponse) for _ in range(2)]

first, second = lists()
patch_method_listing()
third, fourth = lists()
print(first is second, third is fourth, first == third)
"""
    assert printed(script) == ["False", "True", "True"]


def test_what_moto_has_thrown_away_is_not_kept(printed: Printed) -> None:
    script = """
from moto.sqs.models import Message
from rekognition_cloud.patches.memory import patch_memory

def kept():
    before = len(Message.instances_tracked)
    Message("id", "body")
    return len(Message.instances_tracked) - before

print(kept())
patch_memory()
print(kept())
"""
    assert printed(script) == ["1", "0"]


def test_a_condition_is_split_into_its_words_once(printed: Printed) -> None:
    script = """
from moto.dynamodb.comparisons import ConditionExpressionParser
from rekognition_cloud.patches.expressions import patch_conditions

split = []
lex_one_node = ConditionExpressionParser._lex_one_node
ConditionExpressionParser._lex_one_node = lambda self, rest: split.append(rest) or lex_one_node(self, rest)

def parsed():
    split.clear()
    operations = []
    for value in ("1", "2", "2"):
        parser = ConditionExpressionParser("a = :v OR NOT(#n < :v)", {"#n": "n"}, {":v": {"N": value}})
        operations.append((str(parser.parse()), parser.expr_attr_names_found, parser.expr_attr_values_found))
    return len(split), operations

before = parsed()
patch_conditions()
after = parsed()
print(before[0] == 3 * after[0] > 0, before[1] == after[1], after[1][0] != after[1][1], after[1][1] == after[1][2])
"""
    assert printed(script) == ["True", "True", "True", "True"]


def test_an_update_expression_is_parsed_once(printed: Printed) -> None:
    script = """
from moto.dynamodb.parsing.expressions import ExpressionTokenizer, UpdateExpressionParser
from rekognition_cloud.patches.expressions import patch_parser

parsed = []
make_list = ExpressionTokenizer.make_list
ExpressionTokenizer.make_list = lambda expression: parsed.append(expression) or make_list(expression)

def parses():
    parsed.clear()
    for expression in ("SET a = :a", "SET a = :a", "REMOVE b"):
        UpdateExpressionParser.make(expression)
    return len(parsed)

print(parses())
patch_parser()
print(parses())
"""
    assert printed(script) == ["3", "2"]


def test_a_copy_of_an_expression_shares_nothing_with_it(printed: Printed) -> None:
    script = """
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import ExpressionAttributeName
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from rekognition_cloud.patches.expressions import patch_copies

patch_copies()
tree = UpdateExpressionParser.make("SET #a = :a REMOVE #b")
copied = validators.deepcopy(tree)
names = [node.get_attribute_name_placeholder() for node in copied.find_clauses([ExpressionAttributeName])]
copied.children.clear()
print(*names, len(tree.find_clauses([ExpressionAttributeName])))
"""
    assert printed(script) == ["#a", "#b", "2"]


def test_the_spellings_of_a_member_are_worked_out_once(printed: Printed) -> None:
    script = """
from moto.core import serialize
from moto.core.utils import get_service_model
from rekognition_cloud.patches.answers import patch_spellings

asked = []
has_alias = serialize.NoAlias.has_alias
serialize.NoAlias.has_alias = lambda self, key: asked.append(key) or has_alias(self, key)
shape = get_service_model("sqs").operation_model("SendMessage").output_shape.members["MessageId"]
picker = serialize.XFormedAttributePicker()

class Sent:
    message_id = "of an object"

def picked():
    asked.clear()
    values = [
        picker(serialize.AttributePickerContext(value, "MessageId", shape))
        for value in ({"MessageId": "as it is"}, {"message_id": "in snakes"}, Sent(), {}, Sent())
    ]
    return len(asked), values

before = picked()
patch_spellings()
after = picked()
print(before[0], after[0], before[1] == after[1], before[1].count(None))
"""
    assert printed(script) == ["5", "2", "True", "1"]


def test_a_page_of_a_scan_is_found_without_comparing_the_tables_items(printed: Printed) -> None:
    script = """
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from rekognition_cloud.patches.dynamodb import patch_scans

backend = DynamoDBBackend("us-east-1", "123456789012")
table = backend.create_table(
    "slots",
    schema=[{"AttributeName": "slot", "KeyType": "HASH"}],
    throughput=None,
    attr=[{"AttributeName": "slot", "AttributeType": "N"}],
    global_indexes=[],
    indexes=[],
    streams=None,
    billing_mode="PAY_PER_REQUEST",
    sse_specification=None,
    tags=[],
    deletion_protection_enabled=False,
    warm_throughput=None,
)
for number in reversed(range(25)):
    table.put_item({"slot": {"N": str(number)}})

compared = []
less = DynamoType.__lt__
DynamoType.__lt__ = lambda self, other: compared.append(1) or less(self, other)

def scanned():
    compared.clear()
    found, after = [], None
    while True:
        items, _, after = table.scan({}, 10, after)
        found += [int(item.hash_key.value) for item in items]
        if after is None:
            return len(compared) > 0, found == list(range(25))
        after = {"slot": {"N": after["slot"].value}}

print(*scanned())
patch_scans()
print(*scanned())
"""
    assert printed(script) == ["True", "True", "False", "True"]


def test_requests_pass_no_application_of_flask_and_are_answered_as_before(printed: Printed) -> None:
    script = """
import re
from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from rekognition_cloud.patches.applications import patch_applications
from werkzeug.test import Client

made_up = re.compile(b"<(RequestId|HostId)>.*?<")
passed = []
wsgi_app = Flask.wsgi_app
Flask.wsgi_app = lambda self, *request: passed.append(self.service) or wsgi_app(self, *request)

def signed(service):
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{service}/aws4_request"}

def answers():
    passed.clear()
    client = Client(DomainDispatcherApplication(create_backend_app))
    json = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.ListTables"}
    asked = [
        client.post("/", headers=signed("dynamodb") | json, data="{}"),
        client.post("/nowhere", headers=signed("dynamodb") | json, data="{}"),
        client.put("/bucket", headers=signed("s3")),
        client.put("/bucket/a//b%2Fc", headers=signed("s3"), data=b"body"),
        client.get("/bucket/a//b%2Fc", headers=signed("s3")),
        client.head("/bucket/a//b%2Fc", headers=signed("s3")),
        client.get("/bucket/missing", headers=signed("s3")),
        client.delete("/bucket/a//b%2Fc", headers=signed("s3")),
        client.delete("/bucket", headers=signed("s3")),
        client.get("/moto-api/"),
    ]
    random = {"Date", "x-amzn-RequestId", "last-modified", "x-amz-request-id", "x-amzn-requestid", "Last-Modified"}
    said = [
        (answer.status, sorted(pair for pair in answer.headers if pair[0] not in random), made_up.sub(b"", answer.data))
        for answer in asked[:-1]
    ]
    return said, asked[-1].status, set(passed)

before = answers()
patch_applications()
after = answers()
print([one for one in zip(before[0], after[0]) if one[0] != one[1]], before[1] == after[1] == "200 OK")
print(sorted(before[2]), sorted(after[2]), len({status for status, _, _ in after[0]}))
"""
    assert " ".join(printed(script)) == "[] True ['dynamodb', 'moto_api', 's3'] ['moto_api'] 3"


def test_the_name_of_an_operation_is_spelt_once(printed: Printed) -> None:
    script = """
from moto.core import responses
from rekognition_cloud.patches.applications import patch_operation_names

spell, spelt = responses.camelcase_to_underscores, []
responses.camelcase_to_underscores = lambda name: spelt.append(name) or spell(name)
patch_operation_names()
print({responses.camelcase_to_underscores("GetItem") for _ in range(3)}, len(spelt))
"""
    assert printed(script) == ["{'get_item'}", "1"]
