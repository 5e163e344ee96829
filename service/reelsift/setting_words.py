"""What a setting takes, in words: for its reference, and for whoever has set it to something else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

DEPLOYMENT_NAME = r"^[a-z][a-z0-9-]{1,31}$"
TOPIC_ARN = r"^arn:aws[a-z-]*:sns:"
ROLE_ARN = r"^arn:aws[a-z-]*:iam::"
EVENT_BUS = r"^(arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus/)?[/._A-Za-z0-9-]+$"

LOAD_BALANCER_ARN = r"^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/app/[A-Za-z0-9-]+/[a-z0-9]+$"
HTTPS_URL = r"^https://[^\s/?#@]+(/[^\s?#@]*[^\s?#@/])?$"
HTTPS_PAGE = r"^https://[^\s/?#@]+(/[^\s?#]*)?(\?[^\s#]*)?$"

PATTERNS = {
    LOAD_BALANCER_ARN: "the ARN of an application load balancer, such as"
    " arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/name/50dc6c495c0c9188",
    HTTPS_URL: "an address such as https://review.example.com, without a slash at its end",
    HTTPS_PAGE: "an address such as https://idp.example.com/logout?client_id=5abc",
    DEPLOYMENT_NAME: "2 to 32 lower-case letters, digits and hyphens, a letter first",
    TOPIC_ARN: "the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:name",
    EVENT_BUS: "the name of an EventBridge bus, or an ARN such as arn:aws:events:eu-west-1:123456789012:event-bus/name",
    ROLE_ARN: "the ARN of an IAM role, such as arn:aws:iam::123456789012:role/name",
}

_BOUNDS = {
    "ge": "at least {}",
    "gt": "above {}",
    "le": "at most {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
}

_UNITS = {
    "_s": "seconds",
    "_rate": "requests a second",
    "_percent": "percent",
    "_budget": "US dollars",
}
"""By how a setting's name ends."""


def type_words(name: str, info: FieldInfo) -> str:
    """What a setting takes, with its unit and bounds: `whole number of seconds, at least 4, at most 43,200`."""
    words = _words(info.annotation)
    unit = "US dollars a minute" if name.startswith("price_") else _unit(name)
    if unit and words in {"number", "whole number"}:
        words += f" of {unit}"
    bounds = ", ".join(_bounds([*info.metadata, *_inner_metadata(info.annotation)]))
    return f"{words}, {bounds}" if bounds else words


def problem_words(name: str, info: FieldInfo, problem: Mapping[str, Any]) -> str:
    """What is wrong with a setting, by an error of pydantic's: what it takes, and what it is for."""
    about = info.description or ""
    match problem["type"]:
        case "missing":
            return f"is not set: {about}"
        case "value_error":
            return f"{problem['ctx']['error']}: {about}"
        case "string_pattern_mismatch":
            takes = PATTERNS[problem["ctx"]["pattern"]]
        case _:
            takes = type_words(name, info)
            if takes.startswith(("number", "whole number", "list", "file")):
                takes = f"a {takes}"
            if "`auto`" in about and "`auto`" not in takes:
                takes += ", or `auto`"
    return f"takes {takes}: {about}"


def _unit(name: str) -> str:
    return next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")


def _words(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0])
    if origin in {Union, UnionType}:
        return _words(next(argument for argument in arguments if argument is not NoneType))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in {tuple, frozenset}:
        return f"list of {_words(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if origin is dict:
        annotation = dict
    plain = {"str": "text", "int": "whole number", "Path": "file", "bool": "true or false", "dict": "JSON objects"}
    return plain.get(annotation.__name__, "number")


def _inner_metadata(annotation: Any) -> Iterator[Any]:
    """The bounds of what may be None: they stand with the type, inside the union."""
    for argument in get_args(annotation):
        if get_origin(argument) is Annotated:
            for metadata in argument.__metadata__:
                yield from metadata.metadata if isinstance(metadata, FieldInfo) else [metadata]


def _bounds(metadata: Iterable[Any]) -> Iterator[str]:
    for bound in metadata:
        if not is_dataclass(bound):
            continue
        for member in fields(bound):
            value = getattr(bound, member.name)
            if member.name in _BOUNDS and value is not None:
                yield _BOUNDS[member.name].format(f"{value:,}" if isinstance(value, int) else value)
