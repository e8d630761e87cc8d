"""Inviting: an account, the signed link that sets its first password, and the mail that carries it."""

import datetime as dt

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.foundation.accounts.models import Account
from upwell.foundation.notify.operations import Letter, queue_mail
from upwell.foundation.people import operations
from upwell.foundation.people.models import Person
from upwell.foundation.people.operations import AlreadyInvitedError, NoAddressError

__all__ = ["AlreadyInvitedError", "NoAddressError", "link_for", "send"]


def link_for(account: Account) -> str:
    """The address at which the owner sets a password; it works once and for as long as a reset link does."""
    values = {"uidb36": user_pk_to_url_str(account), "key": default_token_generator.make_token(account)}
    return f"{settings.PUBLIC_URL}{reverse('account_reset_password_from_key', kwargs=values)}"


def send(*, person: Person, actor: Account, at: dt.datetime) -> None:
    """Invite a person by mail; account and mail come about together or not at all."""
    with transaction.atomic():
        account = operations.invite(person=person, actor=actor, at=at)
        body = _(
            "Hello %(name)s,\n\nyou are invited to Upwell. Set your password here:\n\n%(link)s\n\n"
            "If you did not expect this, leave it be: without a password nobody can sign in.\n"
        ) % {"name": person.name, "link": link_for(account)}
        queue_mail(to=account, letter=Letter(_("Your invitation to Upwell"), body), actor=actor, at=at)
