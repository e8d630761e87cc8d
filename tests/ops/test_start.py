"""The start script hands pip's configuration on to uv, and the locks name no place."""

import re
from pathlib import Path

import pytest

from ops import start

ROOT = Path(__file__).resolve().parents[2]


def test_uv_is_told_what_pip_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in start.HANDED_ON.values():
        monkeypatch.delenv(name, raising=False)
    pip = {"index-url": "https://packages.example/simple", "find-links": "/a /b", "extra-index-url": "https://x https://y"}
    monkeypatch.setattr(start, "pip_settings", lambda: pip)
    environment = start.uv_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert environment["UV_INDEX"] == "https://x https://y"
    assert environment["UV_FIND_LINKS"] == "/a,/b"
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"


def test_what_a_person_told_uv_directly_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example/simple")
    monkeypatch.setattr(start, "pip_settings", lambda: {"index-url": "https://other.example/simple"})
    assert start.uv_environment()["UV_DEFAULT_INDEX"] == "https://mine.example/simple"


def test_a_changed_lock_asks_for_a_new_installation(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text("one")
    before = start.digest(lock)
    lock.write_text("two")
    assert start.digest(lock) != before


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_package_is_locked_by_version_and_hash_and_no_place_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)
    packages = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(packages) > 40
    assert [package for package in packages if "==" not in package or "--hash=sha256:" not in package] == []


def test_both_locks_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        lines = re.findall(r"^([a-z0-9_.\[\]-]+)==([^ ;]+)", (ROOT / name).read_text(), re.MULTILINE)
        return dict(lines)

    server, test = versions("requirements.lock"), versions("requirements-test.lock")
    assert {name: test.get(name) for name in server} == server
