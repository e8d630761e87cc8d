"""`upwell demo`: load the demonstration organisation once, all of it or nothing."""

import datetime as dt
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from upwell.domain.gaps.operations import request_snapshot
from upwell.foundation.people.models import Person
from upwell.interfaces.console.demo import strategy
from upwell.interfaces.console.demo.casting import Part
from upwell.interfaces.console.demo.loading import load_structure
from upwell.interfaces.console.demo.running import perform_now
from upwell.interfaces.console.demo.story import tell

HISTORY = (18, 12, 6)
NOTE = (
    "Demonstration organisation. Tree, roles, requirements and catalogue are real and openly licensed; "
    "people, ratings, results and learning are simulated with known truth."
)
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
        parts = load(at=timezone.now())
    leave_word(parts)
    return 0


def leave_word(parts: Iterable[Part]) -> None:
    """Tell the web server that this is a demonstration, and how to sign in to it."""
    sign_ins = [
        {
            "email": part.email,
            "password": strategy.PASSWORD,
            "name": f"{part.given} {part.family}",
            "role": f"{part.says[:1].upper()}{part.says[1:]}",
        }
        for part in parts
    ]
    path = Path(settings.DEMONSTRATION_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"note": NOTE, "sign_ins": sign_ins}), encoding="utf-8")


def load(*, at: dt.datetime) -> list[Part]:
    """Load structure, ratings, strategy, results, levels over time, programmes and the story of the cast."""
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"  {time.monotonic() - began:5.1f} s  {words}", flush=True)

    loaded = load_structure(at=at, say=say)
    cast = strategy.entrust(loaded, at=at)
    strategy.set_strategy(loaded, cast, at=at)
    say("recording results")
    strategy.load_results(loaded, at=at)
    strategy.load_learning(loaded, at=at)
    strategy.offer_interventions(cast, at=at)
    for months in (*HISTORY, 0):
        say(f"estimating levels as of {at - months * MONTH:%B %Y}")
        perform_now(request_snapshot(as_of=(at - months * MONTH).date(), actor=cast["ivo"].account, at=at))
    say("estimating the effects of three programmes")
    strategy.launch_programmes(loaded, cast, at=at)
    say("telling what everybody is in the middle of")
    tell(cast, at=at)
    say("done")
    return list(loaded.parts.values())
