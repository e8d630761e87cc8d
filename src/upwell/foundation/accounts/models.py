"""Logins. A person may live without one; an account may belong to nobody (an administrator from outside)."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts with a folded e-mail address and a hashed password."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Account":
        """Make an ordinary account; an empty password leaves it unusable until the owner sets one."""
        account = self.model(email=self.normalize_email(email).strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Account":
        """Make an account that may do everything."""
        return self.create_user(email, password, is_superuser=True, **fields)


class Account(AbstractBaseUser, PermissionsMixin):
    """One login, known by its e-mail address."""

    facts = Facts(sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=12, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether the account administers the installation."""
        return self.is_superuser
