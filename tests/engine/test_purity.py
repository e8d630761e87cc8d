"""The engine stands on its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALONE = """
import sys
BARRED = ('django', 'pandas', 'polars', 'pyspark', 'psycopg', 'pytest_django')
class Barrier:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in BARRED or (name.startswith('upwell.') and not name.startswith(ALLOWED)):
            raise ModuleNotFoundError(name + ' is barred', name=name)
ALLOWED = ('upwell.engine', 'upwell.__main__')
sys.meta_path.insert(0, Barrier())
"""


def run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", ALONE + code], capture_output=True, text=True, check=False, cwd=ROOT)


def test_every_module_of_the_engine_imports_without_django_pandas_or_the_product() -> None:
    found = run(
        "import pkgutil, upwell.engine\n"
        "names = [m.name for m in pkgutil.walk_packages(upwell.engine.__path__, 'upwell.engine.')]\n"
        "for name in names: __import__(name)\n"
        "print(len(names))"
    )
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) > 80


def test_the_barrier_is_one() -> None:
    assert "django is barred" in run("import django").stderr


def test_the_engines_tests_are_found_without_django() -> None:
    found = run(
        "import pytest\n"
        "sys.exit(pytest.main(['tests/engine/gaps', 'tests/engine/test_frames.py', '-q', '--collect-only',"
        " '-p', 'no:django', '-p', 'no:cacheprovider', '-p', 'no:pytest_django']))"
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "test_gaps.py" in found.stdout


@pytest.mark.parametrize("step", ["levels", "gaps", "diagnosis", "disclosure", "executors"])
def test_a_step_needs_no_module_of_numba_before_it_is_used(step: str) -> None:
    found = run(f"import upwell.engine.{step}; print([m for m in sys.modules if m.split('.')[0] == 'numba'])")
    assert found.stdout.strip() == "[]", found.stderr
