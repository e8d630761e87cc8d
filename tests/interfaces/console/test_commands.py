"""What a person types after `upwell`."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings

from upwell.foundation.accounts.models import Account
from upwell.interfaces.console import commands, serve


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["help"]) == 0
    out = capsys.readouterr().out
    assert all(f"upwell {name}" in out for name in commands.COMMANDS)


def test_an_unknown_command_is_refused_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["sevre"]) == 2
    assert "upwell help" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_first_administrator_is_made_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPWELL_ADMIN_PASSWORD", "a long enough phrase")
    assert commands.run(["createadmin", "ivo@example.org", "--name", "Ivo"]) == 0
    account = Account.objects.get(email="ivo@example.org")
    assert account.is_superuser
    assert account.check_password("a long enough phrase")
    assert commands.run(["createadmin", "IVO@example.org"]) == 1


@pytest.mark.django_db
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("UPWELL_ADMIN_PASSWORD", "12345")
    assert commands.run(["createadmin", "ivo@example.org"]) == 1
    assert "too short" in capsys.readouterr().err
    assert not Account.objects.exists()


def test_a_changed_static_file_asks_for_a_new_collection(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    before = serve.static_digest(tmp_path)
    (tmp_path / "a.css").write_text("ab")
    assert serve.static_digest(tmp_path) != before


def test_a_foreign_server_is_never_reset(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(django_settings, "DATABASE_SERVER", None)
    assert serve.reset() is False
    assert "DATABASE_URL" in capsys.readouterr().err
