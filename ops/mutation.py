"""Mutation score of the engine's numerics: how many small errors the tests would notice.

    python ops/mutation.py [--minutes 10] [--seed 1] [--modules NAME ...] [--write]

Each mutant changes one operator, comparison or number of one module of `engine/numerics`. The tests that reach the
module run against it in a forked process; nothing on disk is changed. Modules take turns, in an order drawn from the
seed, until the processor time is used up. `--write` puts the table into `docs/methods/mutation-score.md`.
"""

import argparse
import ast
import contextlib
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import io
import itertools
import os
import random
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
NUMERICS = SOURCE / "upwell" / "engine" / "numerics"
PAGE = ROOT / "docs" / "methods" / "mutation-score.md"
MOST_FILES = 2
LONGEST_SECONDS = 60
APART = {"cli", "executors"}
"""Folders of tests that start whole programmes and are too slow to run hundreds of times."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.MatMult: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


@dataclass
class Tally:
    """What became of the mutants of one module."""

    noticed: int = 0
    unnoticed: list[str] = field(default_factory=list)
    tests: tuple[str, ...] = ()

    @property
    def tried(self) -> int:
        return self.noticed + len(self.unnoticed)


class Swap(ast.NodeTransformer):
    """Changes the place with a given number, counting places in the order in which they are visited."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen, self.what = wanted, 0, ""

    def _here(self, node: ast.expr, what: str) -> bool:
        self.seen += 1
        if self.seen - 1 == self.wanted:
            self.what = f"line {node.lineno}: {what}"
            return True
        return False

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.args.defaults = [self.visit(default) for default in node.args.defaults]
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        swap = SWAPS.get(type(node.op))
        if swap is not None and self._here(node, f"{type(node.op).__name__} to {swap.__name__}"):
            node.op = swap()  # type: ignore[assignment]
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        swap = SWAPS[type(node.op)]
        if self._here(node, f"{type(node.op).__name__} to {swap.__name__}"):
            node.op = swap()  # type: ignore[assignment]
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        swap = SWAPS.get(type(node.ops[0]))
        if swap is not None and self._here(node, f"{type(node.ops[0]).__name__} to {swap.__name__}"):
            node.ops[0] = swap()  # type: ignore[call-overload]
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.USub | ast.Not) and self._here(node, f"{type(node.op).__name__} removed"):
            return self.generic_visit(node.operand)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        if number and self._here(node, f"{node.value} to {node.value + 1}"):  # type: ignore[operator]
            return ast.copy_location(ast.Constant(node.value + 1), node)  # type: ignore[operator]
        return node


class Replacing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a changed syntax tree."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.tree, self.path = name, tree, path

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102 (our own source, one place changed)


def places(tree: ast.Module) -> int:
    """How many places of a module can be changed."""
    counter = Swap(-1)
    counter.visit(copy.deepcopy(tree))
    return counter.seen


def mutant(tree: ast.Module, number: int) -> tuple[ast.Module, str]:
    """The module with one place changed, and what was changed."""
    swap = Swap(number)
    changed = ast.fix_missing_locations(swap.visit(copy.deepcopy(tree)))
    return changed, swap.what


def reached(module: Path, within: dict[str, set[str]]) -> list[Path]:
    """Test files that reach a module, those that name it first, then the smaller ones."""
    name = f"upwell.engine.numerics.{module.stem}"
    found = []
    for test in sorted((ROOT / "tests" / "engine").rglob("test_*.py")):
        if APART & set(test.relative_to(ROOT).parts):
            continue
        text = test.read_text()
        if name in closure(imported(ast.parse(text), within), within):
            direct = module.stem in text
            found.append((not direct, test.stat().st_size, test))
    return [test for _, _, test in sorted(found)[:MOST_FILES]]


def imported(tree: ast.AST, known: dict[str, set[str]]) -> set[str]:
    """Names of engine modules that a file imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names & set(known) if known else names


def imports() -> dict[str, set[str]]:
    """Which engine modules each engine module imports."""
    files = {}
    for path in (SOURCE / "upwell" / "engine").rglob("*.py"):
        dotted = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        files[dotted] = imported(ast.parse(path.read_text()), {})
    return {name: found & set(files) - {"upwell.engine"} for name, found in files.items()}


def closure(names: set[str], within: dict[str, set[str]]) -> set[str]:
    """These modules and all they import."""
    seen: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if name not in seen and name in within:
            seen.add(name)
            waiting |= within[name]
    return seen


def passes(tests: tuple[str, ...], replacing: Replacing | None) -> bool:
    """Whether the tests pass in a forked process; too slow counts as not."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_SECONDS, LONGEST_SECONDS))
        os.chdir(ROOT)
        if replacing is not None:
            sys.meta_path.insert(0, replacing)
        import pytest

        sink = io.StringIO()
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-n0", "--no-header", *tests])
        os._exit(0 if code == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


def warm_up() -> None:
    """Import what every run needs, so that it is paid for once; the engine itself is left to the runs."""
    sys.path[:0] = [str(SOURCE), str(ROOT)]
    for name in ("pytest", "hypothesis", "scipy.optimize", "scipy.stats", "pyarrow.compute", "numba", "narwhals"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.suppress(ImportError):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.config.settings_test")
        importlib.import_module("django").setup()
    for name in [name for name in sys.modules if name.startswith("upwell.engine")]:
        del sys.modules[name]


def spent() -> float:
    """Seconds of processor time used by all forked processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(modules: list[Path], seconds: float, seed: int) -> Iterator[tuple[str, Tally]]:
    """Try mutants in turns until the time is used up."""
    within, draw = imports(), random.Random(seed)  # noqa: S311 (a sample, no secret)
    tallies, turns = {}, []
    for module in modules:
        tests = tuple(str(path.relative_to(ROOT)) for path in reached(module, within))
        tree = ast.parse(module.read_text())
        order = list(range(places(tree)))
        draw.shuffle(order)
        tallies[module.stem] = Tally(tests=tests)
        if tests and order:
            turns.append((module, tree, order))
    draw.shuffle(turns)
    sound: dict[str, bool] = {}
    for turn in itertools.count():
        left = [t for t in turns if turn < len(t[2])]
        if not left or spent() > seconds:
            break
        for module, tree, order in left:
            tally = tallies[module.stem]
            if spent() > seconds:
                break
            if module.stem not in sound:
                sound[module.stem] = passes(tally.tests, None)
            if not sound[module.stem]:
                continue
            changed, what = mutant(tree, order[turn])
            name = f"upwell.engine.numerics.{module.stem}"
            if passes(tally.tests, Replacing(name, changed, module)):
                tally.unnoticed.append(what)
            else:
                tally.noticed += 1
            print(f"{spent():5.0f} s {module.stem}: {tally.noticed} of {tally.tried} noticed", file=sys.stderr)
    yield from sorted(tallies.items())


def table(found: list[tuple[str, Tally]]) -> str:
    """The tallies as a table."""
    tried, noticed = sum(t.tried for _, t in found), sum(t.noticed for _, t in found)
    rows = [f"{noticed} of {tried} mutants noticed ({noticed / max(tried, 1):.0%}).", ""]
    rows += ["| module | noticed | tried | not noticed |", "| --- | --- | --- | --- |"]
    for name, tally in found:
        missed = "; ".join(tally.unnoticed) or ("" if tally.tried else "not tried")
        rows.append(f"| `{name}` | {tally.noticed} | {tally.tried} | {missed} |")
    return "\n".join(rows)


INTRODUCTION = """# Mutation score of the numerics

*Would the tests notice a small error?* One operator, comparison or number of a module of `engine/numerics` is changed
at a time (`+` to `-`, `<` to `<=`, `and` to `or`, a sign removed, a number plus one) and the tests that reach the
module are run, at most two files each, those that name it first. A mutant that fails a test, or takes more than a
minute, is noticed. Not every unnoticed mutant is a hole: some change nothing that can be seen (a tolerance, the
number of iterations, a bound that is never reached).

The tests of the command line are left out of the runs. General tools such as mutmut copy the whole project and
rewrite every function, which compiled (numba) functions do not survive; this runner changes one syntax tree in a
forked process.
"""


def main() -> int:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description="Mutation score of the engine's numerics.")
    parser.add_argument("--minutes", type=float, default=10.0, help="processor time to spend")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", nargs="*", default=[], help="names in engine/numerics; all by default")
    parser.add_argument("--write", action="store_true", help="write docs/methods/mutation-score.md")
    given = parser.parse_args()
    modules = [p for p in sorted(NUMERICS.glob("*.py")) if p.stem != "__init__"]
    if given.modules:
        modules = [p for p in modules if p.stem in given.modules]
    warm_up()
    text = table(list(run(modules, 60 * given.minutes, given.seed)))
    print(text)
    if given.write:
        command = f"python ops/mutation.py --minutes {given.minutes:g} --seed {given.seed} --write"
        command += f" --modules {' '.join(given.modules)}" if given.modules else ""
        PAGE.write_text(f"{INTRODUCTION}\nWritten by `{command}`, a sample drawn with that seed.\n\n{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
