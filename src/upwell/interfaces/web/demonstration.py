"""What every page says when the organisation is made up: the note at the foot, and the sign-ins at the door."""

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from upwell.interfaces.web.parts import DemoSignIn


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The note and the sign-ins the loader left behind; both empty in a real organisation."""

    note: str = ""
    sign_ins: tuple[DemoSignIn, ...] = ()


def demonstration() -> Demonstration:
    """What the loader of the demonstration organisation left behind, read anew so that a reset is seen at once."""
    path = Path(settings.DEMONSTRATION_FILE)
    if not path.is_file():
        return Demonstration()
    held = json.loads(path.read_text(encoding="utf-8"))
    return Demonstration(held["note"], tuple(DemoSignIn(**one) for one in held["sign_ins"]))


def entrance(request: HttpRequest) -> dict[str, object]:
    """Offer the sign-ins of the demonstration to the sign-in page, and to no other."""
    if request.path != reverse("account_login"):
        return {}
    return {"demo_sign_ins": demonstration().sign_ins}
