"""The product's own source as the guards read it: files, syntax trees, and where a name lies in the house."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "upwell"


@dataclass(frozen=True)
class Source:
    """One Python file of the product."""

    path: Path

    @property
    def name(self) -> str:
        """The path below `src/upwell`, as written in messages and lists of exceptions."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        """The room of an app the file belongs to: `operations` for operations.py and for a file of that package."""
        parts = self.path.relative_to(PACKAGE).with_suffix("").parts
        return next((part for part in reversed(parts) if part in ROOMS), parts[-1])

    @functools.cached_property
    def text(self) -> str:
        """The source text."""
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, filename=str(self.path))

    def below(self, *floors: str) -> bool:
        """True when the file lies below one of these folders."""
        return any(self.name.startswith(f"{floor}/") for floor in floors)


ROOMS = frozenset({"jobs", "operations", "frames", "queries", "models", "choices", "migrations", "readers"})


@functools.cache
def sources() -> tuple[Source, ...]:
    """Every file but migrations, which are made by a program."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
    return tuple(Source(path) for path in paths)


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every imported module, with `from a import b` given as `a.b`, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def chain(node: ast.AST) -> str:
    """The dotted words of an attribute or call chain, `Run.objects.filter.update` for the innermost to the last."""
    if isinstance(node, ast.Call):
        return chain(node.func)
    if isinstance(node, ast.Attribute):
        return f"{chain(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
