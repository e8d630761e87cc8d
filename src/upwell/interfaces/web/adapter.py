"""How sign-in behaves: accounts are given by an administrator, never taken by a visitor."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """No open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False


def name_at_sign_in(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The e-mail address under which attempts are counted, folded so that case does not help to guess."""
    given = (credentials or {}).get("email") or (credentials or {}).get("username")
    if not given and request is not None:
        given = request.POST.get("login")
    return str(given or "").strip().lower()
