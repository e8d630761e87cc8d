"""Defaults are safe on one machine, and stricter once the address is https."""

import json
import os
import subprocess
import sys
from pathlib import Path

NAMES = [
    "DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "ALLOWED_HOSTS", "USE_TZ", "TIME_ZONE",
]  # fmt: skip


def settings(var: Path, **values: str) -> dict[str, object]:
    code = (
        "import json; from upwell.config import settings as s; "
        f"print(json.dumps({{name: getattr(s, name) for name in {NAMES!r}}}))"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("UPWELL_", "DATABASE_", "DJANGO"))}
    environment = clean | {"UPWELL_VAR": str(var)} | values
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def test_plain_http_serves_this_machine_only(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found["DEBUG"] is False
    assert found["SECURE_SSL_REDIRECT"] is False
    assert set(found["ALLOWED_HOSTS"]) <= {"127.0.0.1", "localhost", "[::1]"}
    assert (found["USE_TZ"], found["TIME_ZONE"]) == (True, "UTC")


def test_an_https_address_makes_cookies_secure_and_insists_on_https(tmp_path: Path) -> None:
    found = settings(tmp_path, UPWELL_PUBLIC_URL="https://upwell.example.org")
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] > 0
    assert "upwell.example.org" in found["ALLOWED_HOSTS"]


def test_reading_the_settings_starts_no_server(tmp_path: Path) -> None:
    settings(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret_key"]
