"""`upwell demo`: load the demonstration organisation once, all of it or nothing."""

import datetime as dt
import sys
import time

from django.db import transaction
from django.utils import timezone

from upwell.domain.gaps.operations import request_snapshot
from upwell.foundation.people.models import Person
from upwell.foundation.runs.jobs import perform
from upwell.interfaces.console.demo import strategy
from upwell.interfaces.console.demo.loading import load_structure
from upwell.interfaces.console.demo.story import tell

HISTORY = (18, 12, 6)
MONTH = dt.timedelta(days=30)


def is_loaded() -> bool:
    """Whether the demonstration organisation is in the database."""
    return Person.objects.filter(email__endswith="@upwell.example").exists()


def main(_arguments: list[str]) -> int:
    """Load the demonstration organisation; does nothing where it, or any other organisation, is loaded."""
    if is_loaded():
        return 0
    if Person.objects.exists():
        print(
            "There are people in this database already; the demonstration is only loaded into an empty one.",
            file=sys.stderr,
        )
        return 2
    with transaction.atomic():
        load(at=timezone.now())
    return 0


def load(*, at: dt.datetime) -> None:
    """Load everything: structure, ratings, strategy, results, levels over time, programmes and the story of the cast."""
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"  {time.monotonic() - began:5.1f} s  {words}", flush=True)

    loaded = load_structure(at=at, say=say)
    cast = strategy.entrust(loaded, at=at)
    strategy.set_strategy(loaded, cast, at=at)
    say("recording results")
    strategy.load_results(loaded, at=at)
    strategy.offer_interventions(cast, at=at)
    for months in (*HISTORY, 0):
        say(f"estimating levels as of {at - months * MONTH:%B %Y}")
        perform(request_snapshot(as_of=(at - months * MONTH).date(), actor=cast["ivo"].account, at=at).uuid)
    say("estimating the effects of three programmes")
    strategy.launch_programmes(loaded, cast, at=at)
    say("telling what everybody is in the middle of")
    tell(cast, at=at)
    say("done")
