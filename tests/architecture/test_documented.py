"""Every setting, command, permission, run kind and public engine function is documented."""

import re

import pytest
from tests.architecture.source import ROOT, sources

from ops import reference

SETTING = re.compile(r'"((?:UPWELL_[A-Z_]+)|DATABASE_URL)"')


def test_every_setting_is_explained() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    used = {name for source in sources() if not source.below("engine") for name in SETTING.findall(source.text)}
    missing = sorted(name for name in used if f"`{name}`" not in page)
    assert not missing, f"Add a row for these to docs/reference/settings.md: {missing}"


def test_no_setting_is_explained_that_nobody_reads() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    used = {name for source in sources() for name in SETTING.findall(source.text)}
    stale = sorted(set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)) - used)
    assert not stale, f"Remove these rows from docs/reference/settings.md: {stale}"


@pytest.mark.parametrize("name", sorted(reference.MAKERS))
def test_the_page_made_from_the_code_is_up_to_date(name: str) -> None:
    path = reference.PAGES / name
    assert path.is_file(), f"Run `make docs` and commit {path.relative_to(ROOT)}"
    assert path.read_text(encoding="utf-8") == reference.MAKERS[name](), "Run `make docs` and commit the page."


@pytest.mark.parametrize("step", reference.STEPS)
def test_every_public_engine_function_is_explained_on_its_method_page(step: str) -> None:
    page = (ROOT / "docs/methods" / f"{step}.md").read_text(encoding="utf-8")
    functions = reference.public_functions(step)
    assert functions
    missing = [name for name, _ in functions if name not in page]
    assert not missing, f"Explain these in docs/methods/{step}.md: {missing}"
