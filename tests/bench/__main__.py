"""`python -m bench COMMAND`: measures, prints a line of JSON a figure, and appends them to a file where asked to."""

import typer

from bench import batches

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Everything is measured with Rekognition, queues and tables simulated on this machine: what AWS would answer, and
    how fast, is not part of it.
    """


app.command("batches")(batches.command)

app()
