"""What a person types after `upwell`."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from upwell.foundation.accounts.models import Account
from upwell.interfaces.console import commands, outside, serve


def in_a_new_process(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    asked = [sys.executable, "-m", "upwell", *words]
    plain = {**os.environ, "DJANGO_SETTINGS_MODULE": "upwell.config.settings", **variables}
    return subprocess.run(asked, env=plain, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": "mysql://x"}, "no PostgreSQL address like postgresql://"),
        ({"UPWELL_DATABASE_POOL": "many"}, "UPWELL_DATABASE_POOL must be a whole number, not 'many'."),
    ],
)
def test_a_setting_that_cannot_be_read_is_one_sentence(variables: dict[str, str], said: str) -> None:
    done = in_a_new_process("serve", **variables)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://app:kept-to-itself@127.0.0.1:{port}/upwell"
    said = outside.complaint(url)
    assert said is not None
    assert "DATABASE_URL" in said
    assert "refused" in said
    assert "kept-to-itself" not in said


@pytest.mark.django_db
def test_a_database_that_answers_has_nothing_to_complain_of(monkeypatch: pytest.MonkeyPatch) -> None:
    server = django_settings.DATABASES["default"]
    url = f"host={server['HOST']} user={server['USER']} dbname=postgres"
    if django_settings.DATABASE_SERVER is None:
        url = django_settings.DATABASE_URL
    assert outside.complaint(url) is None
    monkeypatch.setattr(outside, "OLDEST", 99)
    assert "needs 99 or newer" in (outside.complaint(url) or "")


def test_a_taken_port_is_told_before_anything_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert commands.run(["demo", "--port", port]) == 2
    assert "Choose another port" in capsys.readouterr().err


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
