"""The operations of Rekognition Video that this cloud has: each module here is a Start/Get pair, its `ANALYSIS`."""

from importlib import import_module
from pkgutil import iter_modules

from rekognition_cloud.rekognition.analysis import Analysis

ANALYSES: tuple[Analysis, ...] = tuple(
    import_module(f"{__name__}.{module.name}").ANALYSIS for module in iter_modules(__path__)
)
