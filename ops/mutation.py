"""Mutation score of the engine's numerics: how many small errors the tests would notice.

    python ops/mutation.py [--minutes 10] [--seed 1] [--modules NAME ...] [--at NAME:LINE ...] [--map FILE]
                           [--tests PART ...] [--most N] [--write]

Each mutant changes one operator, comparison or number of one module of `engine/numerics`. First every test file runs
once with a mark at each statement of the numerics; then mutants are drawn evenly from all places, and each is judged
by the test files that reach its statement, in a forked process, until the processor time is used up. The source on
disk is not changed, and compiled code of a mutant is not kept. `--at` tries every mutant of a line. `--map` keeps
what the first step found in a file. `--write` puts the table into `docs/methods/mutation-score.md`.
Mutants that change nothing that can be seen stand in `ops/mutation_equivalent.toml`, with the reason.
"""

import argparse
import ast
import contextlib
import copy
import functools
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import random
import resource
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
NUMERICS = SOURCE / "upwell" / "engine" / "numerics"
PACKAGE = "upwell.engine.numerics"
PAGE = ROOT / "docs" / "methods" / "mutation-score.md"
EQUIVALENT = ROOT / "ops" / "mutation_equivalent.toml"
ENOUGH_SECONDS = 12.0
"""Test files are added to those that judge a mutant until they take this long unchanged."""
SPARE_SECONDS = 60
"""A mutant that takes this much longer than three times its tests unchanged counts as noticed."""
APART = {"cli", "test_executors.py", "test_documented_examples.py", "test_purity.py"}
"""Tests that start whole programmes and are too slow to run hundreds of times."""

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
    equivalent: int = 0
    unnoticed: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.noticed + len(self.unnoticed)


@dataclass(frozen=True)
class Reach:
    """What one test file reaches: lines by module, and its processor time; `digest` tells when to look again."""

    digest: str
    seconds: float
    sound: bool
    lines: dict[str, list[int]]


def shortened(text: str) -> str:
    """An expression on one line, without the middle of a long one."""
    return text if len(text) <= 90 else f"{text[:55]} … {text[-30:]}"


class Swap(ast.NodeTransformer):
    """Changes the place with a given number, counting places in the order in which they are visited."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen, self.line, self.what = wanted, 0, 0, ""

    def _here(self, node: ast.expr, what: str) -> bool:
        self.seen += 1
        if self.seen - 1 == self.wanted:
            self.line, self.what = node.lineno, f"{what} in `{shortened(ast.unparse(node))}`"
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


class Marking(ast.NodeTransformer):
    """Puts a mark before each statement of each function that is not compiled."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if not compiled(node):
            node.body = self._marked(node.body)
        return node

    def _marked(self, body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in body:
            for part in ("body", "orelse", "finalbody"):
                if not isinstance(statement, ast.FunctionDef | ast.ClassDef) and getattr(statement, part, None):
                    setattr(statement, part, self._marked(getattr(statement, part)))
            for handler in getattr(statement, "handlers", ()):
                handler.body = self._marked(handler.body)
            mark = ast.parse(f"_reached({statement.lineno})").body[0]
            found += [ast.copy_location(mark, statement), self.visit(statement)]
        return found


def compiled(function: ast.FunctionDef) -> bool:
    """Whether a compiler works on the function, so that nothing can be put into it."""
    return any("njit" in ast.unparse(d) or "_kept" in ast.unparse(d) for d in function.decorator_list)


def statement_of(tree: ast.Module, line: int) -> int | None:
    """First line of the innermost marked statement around a line; none outside functions and in compiled ones."""
    found: list[tuple[int, int]] = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.lineno <= line <= (function.end_lineno or 0):
            if compiled(function):
                return None
            inner = (n for n in ast.walk(function) if isinstance(n, ast.stmt) and n is not function)
            found += [(n.lineno, n.end_lineno or 0) for n in inner if n.lineno <= line <= (n.end_lineno or 0)]
    return max(found, key=lambda s: (s[0], -s[1]))[0] if found else None


class Replacing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads modules from changed syntax trees; `reached` is told the lines of marked ones."""

    def __init__(self, trees: dict[str, ast.Module], reached: dict[str, set[int]] | None = None) -> None:
        self.trees, self.reached = trees, reached

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _, stem = fullname.rpartition(".")
        found = package == PACKAGE and stem in self.trees
        return importlib.util.spec_from_loader(fullname, self) if found else None

    def exec_module(self, module: ModuleType) -> None:
        stem = module.__name__.rpartition(".")[2]
        path = NUMERICS / f"{stem}.py"
        module.__file__ = str(path)
        if self.reached is not None:
            module.__dict__["_reached"] = self.reached.setdefault(stem, set()).add
        exec(compile(self.trees[stem], str(path), "exec"), module.__dict__)  # noqa: S102 (our own source, one place changed)


def places(tree: ast.Module) -> int:
    """How many places of a module can be changed."""
    counter = Swap(-1)
    counter.visit(copy.deepcopy(tree))
    return counter.seen


def mutant(tree: ast.Module, number: int) -> tuple[ast.Module, int, str]:
    """The module with one place changed, the line, and what was changed."""
    swap = Swap(number)
    changed = ast.fix_missing_locations(swap.visit(copy.deepcopy(tree)))
    return changed, swap.line, swap.what


def digest(path: Path) -> str:
    """Changes with the content of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def forked(tests: list[str], trees: Replacing | None, longest: int | None, report: Path | None = None) -> bool:
    """Whether tests pass in a forked process; too slow counts as not."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    if longest is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (longest, longest))
    os.chdir(ROOT)
    if trees is not None:
        sys.meta_path.insert(0, trees)
        if trees.reached is None and any(stem in compiled_sources() for stem in trees.trees):
            forget_compiled()
    import pytest

    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-n0", "--no-header", *tests]))
    if report is not None and trees is not None and trees.reached is not None:
        report.write_text(json.dumps({stem: sorted(lines) for stem, lines in trees.reached.items()}))
    os._exit(0 if code in {0, 5} else 1)


def compiled_sources() -> set[str]:
    """Modules whose code or numbers go into compiled functions."""
    found: set[str] = set()
    for path in NUMERICS.glob("*.py"):
        text = path.read_text()
        if "njit" in text:
            found |= {path.stem} | {p.stem for p in NUMERICS.glob("*.py") if p.stem in text}
    return found


def forget_compiled() -> None:
    """Compile in memory only: kept code is looked up by file and operators, so a changed number would not be seen."""
    with contextlib.suppress(ImportError):
        import numba

        real = numba.njit

        @functools.wraps(real)
        def in_memory(*given: Any, **options: Any) -> Any:
            return real(*given, **(options | {"cache": False}))

        numba.njit = in_memory


def reaches(kept: Path | None, only: list[str]) -> dict[str, Reach]:
    """What each test file (or ``only`` some) reaches, from ``kept`` where neither it nor what it reaches changed."""
    trees = {p.stem: ast.parse(p.read_text()) for p in NUMERICS.glob("*.py")}
    marked = {stem: ast.fix_missing_locations(Marking().visit(tree)) for stem, tree in trees.items()}
    before = json.loads(kept.read_text()) if kept is not None and kept.exists() else {}
    found: dict[str, Reach] = {}
    for test in sorted((ROOT / "tests" / "engine").rglob("test_*.py")):
        name = str(test.relative_to(ROOT))
        if APART & set(test.parts) or (only and not any(part in name for part in only)):
            continue
        known = Reach(**before[name]) if name in before else None
        if known is None or known.digest != "".join(digest(p) for p in (test, *parts(known.lines))):
            with tempfile.TemporaryDirectory() as folder:
                report, start = Path(folder) / "lines.json", spent()
                sound = forked([name], Replacing(marked, {}), None, report)
                lines = json.loads(report.read_text()) if report.exists() else {}
            known = Reach("".join(digest(p) for p in (test, *parts(lines))), spent() - start, sound, lines)
            print(f"{known.seconds:5.1f} s {name}{'' if sound else ': fails unchanged'}", file=sys.stderr)
        found[name] = known
        if kept is not None:
            kept.write_text(json.dumps(before | {n: vars(r) for n, r in found.items()}))
    return found


def parts(lines: dict[str, list[int]]) -> list[Path]:
    """Files of the modules that were reached."""
    return [NUMERICS / f"{stem}.py" for stem in sorted(lines)]


def judges(stem: str, statement: int | None, found: dict[str, Reach]) -> list[str]:
    """Test files that reach a statement (or, where none is known, the module): its mirror first, then the quickest."""
    able = []
    for name, reach in found.items():
        lines = reach.lines.get(stem)
        if reach.sound and lines is not None and (statement is None or statement in lines):
            mirror, named = name.endswith(f"test_{stem}.py"), stem in (ROOT / name).read_text()
            able.append((not mirror, not named, reach.seconds, name))
    chosen, seconds = [], 0.0
    for _, _, needed, name in sorted(able):
        if not chosen or seconds + needed <= ENOUGH_SECONDS:
            chosen.append(name)
            seconds += needed
    return chosen


def equivalents() -> set[tuple[str, str]]:
    """Module and change of the mutants that change nothing that can be seen."""
    listed = tomllib.loads(EQUIVALENT.read_text())["mutant"] if EQUIVALENT.exists() else []
    return {(entry["module"], entry["change"]) for entry in listed}


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


def drawn(modules: list[Path], seed: int) -> list[tuple[Path, int]]:
    """All places of the modules in a drawn order."""
    order = [(path, k) for path in modules for k in range(places(ast.parse(path.read_text())))]
    random.Random(seed).shuffle(order)  # noqa: S311 (a sample, no secret)
    return order


def at_lines(wanted: list[str]) -> list[tuple[Path, int]]:
    """All places of lines given as `module:line`."""
    chosen = []
    for stem, _, line in (name.partition(":") for name in wanted):
        tree = ast.parse((NUMERICS / f"{stem}.py").read_text())
        numbers = range(places(tree))
        chosen += [(NUMERICS / f"{stem}.py", k) for k in numbers if mutant(tree, k)[1] == int(line)]
    return chosen


def run(order: list[tuple[Path, int]], found: dict[str, Reach], seconds: float) -> Iterator[tuple[str, str, str]]:
    """Module, what became of a mutant and where it is, until the processor time is used up."""
    trees: dict[Path, ast.Module] = {}
    same, start = equivalents(), spent()
    for path, number in order:
        if spent() - start > seconds:
            break
        tree = trees.setdefault(path, ast.parse(path.read_text()))
        changed, line, what = mutant(tree, number)
        where = f"line {line}: {what}"
        tests = judges(path.stem, statement_of(tree, line), found)
        longest = SPARE_SECONDS + int(3 * sum(found[name].seconds for name in tests))
        if (path.stem, what) in same:
            fate = "equivalent"
        elif not tests:
            fate, where = "unnoticed", f"{where} (no test gets there)"
        else:
            fate = "unnoticed" if forked(tests, Replacing({path.stem: changed}), longest) else "noticed"
        print(f"{spent() - start:5.0f} s {path.stem} {where}: {fate}", file=sys.stderr, flush=True)
        yield path.stem, fate, where


def tallied(results: Iterator[tuple[str, str, str]]) -> dict[str, Tally]:
    """The results by module."""
    tallies: dict[str, Tally] = {}
    for stem, fate, where in results:
        tally = tallies.setdefault(stem, Tally())
        tally.noticed += fate == "noticed"
        tally.equivalent += fate == "equivalent"
        tally.unnoticed += [where] if fate == "unnoticed" else []
    return dict(sorted(tallies.items()))


def table(found: dict[str, Tally]) -> str:
    """The tallies as a table."""
    tried, noticed = sum(t.tried for t in found.values()), sum(t.noticed for t in found.values())
    same = sum(t.equivalent for t in found.values())
    score = f"{noticed} of {tried} mutants noticed ({noticed / max(tried, 1):.0%})"
    rows = [f"{score}; {same} more are known to change nothing that can be seen and are not counted.", ""]
    rows += ["| module | noticed | tried | equivalent | not noticed |", "| --- | --- | --- | --- | --- |"]
    for name, tally in found.items():
        missed = "; ".join(tally.unnoticed).replace("|", "\\|")
        rows.append(f"| `{name}` | {tally.noticed} | {tally.tried} | {tally.equivalent} | {missed} |")
    return "\n".join(rows)


INTRODUCTION = """# Mutation score of the numerics

*Would the tests notice a small error?* One operator, comparison or number of a module of `engine/numerics` is changed
at a time (`+` to `-`, `<` to `<=`, `and` to `or`, a sign removed, a number plus one). Mutants are drawn evenly from
all such places. Each is judged by the test files that reach the changed statement: the mirror of the module first,
then the quickest, as many as take twelve seconds. A mutant that fails a test, or takes a minute more than three times
its tests, is noticed. Mutants that change nothing that can be seen (a tolerance, a bound that is never reached) are
listed with the reason in `ops/mutation_equivalent.toml` and are not counted.

The tests of the command line and of the executors are left out of the runs. General tools such as mutmut copy the
whole project and rewrite every function, which compiled (numba) functions do not survive; this runner changes one
syntax tree in a forked process, and compiles in memory, because code that the compiler keeps on disk is found again by
file and operators, so that a changed number would go unseen.
"""


def main() -> int:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description="Mutation score of the engine's numerics.")
    parser.add_argument("--minutes", type=float, default=10.0, help="processor time to spend on mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, help="number of mutants at which to stop")
    parser.add_argument("--modules", nargs="*", default=[], help="names in engine/numerics; all by default")
    parser.add_argument("--at", nargs="*", default=[], metavar="NAME:LINE", help="every mutant of these lines")
    parser.add_argument("--tests", nargs="*", default=[], metavar="PART", help="only test files whose path has a part")
    parser.add_argument("--map", type=Path, help="file that keeps which test reaches what")
    parser.add_argument("--write", action="store_true", help="write docs/methods/mutation-score.md")
    given = parser.parse_args()
    modules = [p for p in sorted(NUMERICS.glob("*.py")) if not given.modules or p.stem in given.modules]
    order = at_lines(given.at) if given.at else drawn(modules, given.seed)[: given.most]
    warm_up()
    text = table(tallied(run(order, reaches(given.map, given.tests), 60 * given.minutes)))
    print(text)
    if given.write:
        command = f"python ops/mutation.py --minutes {given.minutes:g} --seed {given.seed} --write"
        command += f" --most {given.most}" if given.most else ""
        command += f" --tests {' '.join(given.tests)}" if given.tests else ""
        command += f" --modules {' '.join(given.modules)}" if given.modules else ""
        PAGE.write_text(f"{INTRODUCTION}\nWritten by `{command}`, a sample drawn with that seed.\n\n{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
