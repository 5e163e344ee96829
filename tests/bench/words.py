"""`python -m bench words`: what it costs that videos are found by the words that are to be read in them."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.figures import tell
from bench.price_list import METERED
from reelsift.aws.deployment import open_deployment
from reelsift.demo.provision import Provisioner
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Job
from reelsift.domain.labels import summarise
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video
from reelsift.settings import Settings
from rekognition_cloud.process import CloudProcess
from support.jobs import make_job

VIDEOS = 1_000_000
WORDS_A_TEXT = 4


def command(
    words: Annotated[str, typer.Option(help="Distinct words of a video, separated by commas.")] = "10,50,200,1000",
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Write units of the words of one video, analysed for the first time and again: a minute."""
    tell(_figures([int(number) for number in words.split(",")]), out)


def _figures(words: list[int]) -> Iterator[dict[str, Any]]:
    with CloudProcess() as cloud:
        settings = Provisioner(cloud.url).provision("reelsift-videos")
        plain = {name.removeprefix("REELSIFT_").lower(): value for name, value in settings.items()}
        os.environ |= {name: value for name, value in cloud.env.items() if name.startswith("AWS_")}
        for number in words:
            first = asyncio.run(_units(cloud, Settings.model_validate(plain), number, attempt=1))
            again = asyncio.run(_units(cloud, Settings.model_validate(plain), number, attempt=2))
            price = METERED["dynamodb", "write unit"]
            yield {
                "what": "words of a video",
                "words": number,
                "write_units": first,
                "write_units_again": again,
                "usd_a_million_videos": round(price.of(first * VIDEOS), 2),
            }


async def _units(cloud: CloudProcess, settings: Settings, words: int, *, attempt: int) -> float:
    async with open_deployment(settings) as deployment:
        cloud.clear_meter()
        cloud.turn_meter()
        await deployment.labels.put(_job(words, attempt), summarise(_segments(words, attempt)), now_ms=1_000)
        cloud.turn_meter(on=False)
        return float(sum(entry["amount"] for entry in cloud.meter() if entry["unit"] == "write unit"))


def _job(words: int, attempt: int) -> Job:
    video = Video("reelsift-videos", f"uploads/u000001/clip-{words:012x}.mp4", f"{words:032x}", size=24_000_000)
    return make_job(video=video, analysis=Analysis.TEXT, attempt=attempt)


def _segments(words: int, attempt: int) -> Iterator[Segment]:
    """Lines of a few words each; in another attempt every tenth word is another."""
    for start in range(0, words, WORDS_A_TEXT):
        some = range(start, min(start + WORDS_A_TEXT, words))
        text = " ".join(f"word{number}{'' if number % 10 else f'at{attempt}'}" for number in some)
        details = {"spellings": {text: 4}}
        yield Segment(
            Analysis.TEXT, text, (), start * 500, start * 500 + 2_000, 4, 98.7654, 95.4321, start * 500, details
        )
