"""A policy's document as YAML, for people."""


def as_yaml(document: object) -> str:
    """The document as it can be applied again. Comments are not kept."""
    import yaml

    # The same in C, where PyYAML was built with it: words without number take minutes otherwise.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(document, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120))
