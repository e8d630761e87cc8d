"""Accounts made at a terminal: the first administrator of an installation."""

import argparse
import getpass
import os
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from upwell.foundation.accounts.models import Account


def createadmin(arguments: list[str]) -> int:
    """Make an administrator. The password is asked for, or taken from UPWELL_ADMIN_PASSWORD."""
    parser = argparse.ArgumentParser(prog="upwell createadmin", description="Make an administrator account.")
    parser.add_argument("email")
    parser.add_argument("--name", default="Administrator")
    given = parser.parse_args(arguments)
    if Account.objects.filter(email__iexact=given.email).exists():
        print(f"An account with the address {given.email} exists already.", file=sys.stderr)
        return 1
    password = os.environ.get("UPWELL_ADMIN_PASSWORD") or getpass.getpass("Password: ")
    try:
        validate_password(password, Account(email=given.email, name=given.name))
    except ValidationError as error:
        print("\n".join(error.messages), file=sys.stderr)
        return 1
    Account.objects.create_superuser(given.email, password, name=given.name)
    print(f"{given.email} may now sign in.")
    return 0
