"""How well two colours are told apart, as WCAG 2.2 counts it."""


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), of colours as `#rrggbb` or as a browser computes them (`rgb(…)`)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    if colour.startswith("#"):
        channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    else:
        channels = [int(value) for value in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = map(_linear, channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
