"""The engine stands on its own."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("step", ["levels", "gaps", "diagnosis", "disclosure"])
def test_a_step_imports_neither_django_nor_pandas_nor_the_product(step: str) -> None:
    code = (
        f"import sys, upwell.engine.{step}; "
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'pandas') "
        "or (m.startswith('upwell.') and not m.startswith('upwell.engine'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
