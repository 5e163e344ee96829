"""Writes the root of a deployment by hand-over: every variable and output of Terraform's module, under its own name.

    python .ci/terraform_root.py > terraform/deployment/main.tf

What a variable means, and which values it takes, stands in the module alone; the root repeats type, default and
description.
"""

import re
import sys
from pathlib import Path

MODULE = Path(__file__).parents[1] / "terraform"

_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_VALIDATION = re.compile(r"\n? {2}validation \{\n.*?^ {2}\}\n", re.MULTILINE | re.DOTALL)
_DESCRIPTION = re.compile(r"^ {2}description += (<<-EOT\n.*?^ +EOT|.*?)$", re.MULTILINE | re.DOTALL)

_INTRODUCTION = """\
# Written by `make docs` from the variables and outputs of the module, the folder above: change them there.
"""


def document() -> str:
    """The root's text."""
    sources = [file.read_text(encoding="utf-8") for file in sorted(MODULE.glob("*.tf"))]
    blocks = [block for text in sources for block in _BLOCK.findall(text)]
    variables = [(name, body) for kind, name, body in blocks if kind == "variable"]
    outputs = [(name, body) for kind, name, body in blocks if kind == "output"]
    width = max(len(name) for name, _ in variables)
    handed_over = "".join(f"  {name:{width}} = var.{name}\n" for name, _ in variables)
    parts = [
        _INTRODUCTION,
        f'module "reelsift" {{\n  source = "../"\n\n{handed_over}}}\n',
        *(f'variable "{name}" {{\n{_VALIDATION.sub("", body)}}}\n' for name, body in variables),
        *(_output(name, body) for name, body in outputs),
    ]
    return "\n".join(parts)


def _output(name: str, body: str) -> str:
    described = _DESCRIPTION.search(body)
    if described is None:
        raise ValueError(f"the output {name} says nothing of itself")
    return f'output "{name}" {{\n{described[0]}\n  value       = module.reelsift.{name}\n}}\n'


if __name__ == "__main__":
    sys.stdout.write(document())
