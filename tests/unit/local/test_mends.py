"""Mends whose effect no answer shows. Each runs in a process of its own, where moto is as it is to begin with."""

import subprocess
import sys


def printed(script: str) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ended.stdout.split()


def test_motos_package_is_listed_once_and_not_for_every_request() -> None:
    script = """
import sys
from moto import backends
from reelsift.local.mends.dispatch import mend_module_listing

listings = []
sys.addaudithook(lambda event, arguments: event in ("os.listdir", "os.scandir") and listings.append(event))

def listed():
    listings.clear()
    modules = sorted(backends.list_of_moto_modules())
    return len(listings), "sqs" in modules, len(modules)

before = listed()
mend_module_listing()
after = listed()
print(before[0] > 0, after[0], before[1:] == after[1:])
"""
    assert printed(script) == ["True", "0", "True"]


def test_a_host_is_looked_up_once() -> None:
    script = """
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from reelsift.local.mends.dispatch import mend_host_lookup

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
mend_host_lookup()
print(*walks())
"""
    assert printed(script) == ["3", "rekognition", "1", "rekognition"]


def test_a_services_methods_are_listed_once() -> None:
    script = """
from moto.core import responses
from moto.sqs.responses import SQSResponse
from reelsift.local.mends.dispatch import mend_method_listing

def lists():
    return [responses.method_names_from_class(SQSResponse) for _ in range(2)]

first, second = lists()
mend_method_listing()
third, fourth = lists()
print(first is second, third is fourth, first == third)
"""
    assert printed(script) == ["False", "True", "True"]


def test_what_moto_has_thrown_away_is_not_kept() -> None:
    script = """
from moto.sqs.models import Message
from reelsift.local.mends.memory import mend_memory

def kept():
    before = len(Message.instances_tracked)
    Message("id", "body")
    return len(Message.instances_tracked) - before

print(kept())
mend_memory()
print(kept())
"""
    assert printed(script) == ["1", "0"]
