"""What every test may rely on: the record of requirements proved and, where Django is installed, the product's cast.

Without Django `pytest tests/engine` runs: the engine is a library of its own.
"""

try:
    import django
except ImportError:
    django = None  # type: ignore[assignment]

pytest_plugins = ["tests.requirements", *(["tests.cast", "tests.product"] if django else [])]
