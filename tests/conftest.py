"""What every test may rely on: the record of requirements proved and, where Django is installed, the product's cast.

Without Django `pytest tests/engine` runs: the engine is a library of its own.
"""

import pytest

try:
    import django
except ImportError:
    django = None  # type: ignore[assignment]

pytest_plugins = ["tests.requirements", *(["tests.cast", "tests.product"] if django else [])]


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of pytest-xdist where that is not installed."""
    config.addinivalue_line("markers", "xdist_group(name): tests that share something costly run in one process")
