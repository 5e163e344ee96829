"""Security groups: the descriptions of rules."""

import inspect
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule


def patch_ec2() -> None:
    patch_rule_description()


def patch_rule_description() -> None:
    """Fault: a rule for another group or for a prefix list loses its description; one for addresses keeps it."""
    make = SecurityGroupRule.__init__
    signature = inspect.signature(make)

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:  # noqa: N807  # the method of that name
        make(self, *arguments, **named)
        given = signature.bind(self, *arguments, **named).arguments
        for target in (given.get("source_group"), given.get("prefix_list_id")):
            if target and "Description" in target:
                # moto reads the description of every rule from here.
                self.ip_range["Description"] = target["Description"]

    SecurityGroupRule.__init__ = __init__
