"""Rows are written in operations and nowhere else."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Source, chain, sources

ALWAYS_WRITES = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "create_user", "create_superuser"}
WRITES_ON_ROWS = {"create", "update", "delete"}
QUERYSET_WORDS = {"objects", "filter", "exclude", "all", "order_by", "select_for_update"}
WRITING_SQL = re.compile(r"^\s*(insert\s+into|update\s+\w+\s+set|delete\s+from|copy\s+\w+.*from)\b", re.IGNORECASE)
EXCEPTIONS = {
    "foundation/accounts/models.py": "Django asks the manager of the user model to make accounts",
    "interfaces/console/accounts.py": "the first administrator is made before anybody can be the actor",
}


def writes(source: Source) -> Iterator[str]:
    """Every call in a file that changes rows, as far as its words show."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        words = chain(node.func).split(".")
        last, before = words[-1], set(words[:-1])
        plain_save = last == "save" and not node.args and not before & {"storage", "form"}
        if last in ALWAYS_WRITES or (last in WRITES_ON_ROWS and before & QUERYSET_WORDS) or plain_save:
            yield f"{source.name}:{node.lineno} {'.'.join(words)}"
        first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
        if last in {"execute", "executemany", "copy"} and WRITING_SQL.match(str(first)):
            yield f"{source.name}:{node.lineno} {last}({str(first).strip()[:40]!r})"


def test_only_operations_write() -> None:
    found = [
        place
        for source in sources()
        if source.below("foundation", "domain", "access", "interfaces", "config")
        and source.room not in {"operations", "migrations"}
        and source.name not in EXCEPTIONS
        for place in writes(source)
    ]
    assert not found, "Move these into a function of operations.py and call that:\n" + "\n".join(found)


def test_the_guard_sees_the_usual_ways_to_write() -> None:
    class Sample(Source):
        @property
        def name(self) -> str:
            return "sample.py"

    sample = Sample(sources()[0].path)
    object.__setattr__(
        sample,
        "tree",
        ast.parse(
            "Run.objects.create(a=1)\nRun.objects.filter(x=1).update(a=2)\nrun.save()\nrun.save(update_fields=[1])\n"
            "run.lines.all().delete()\nRun.objects.bulk_create([])\ncursor.execute('insert into t values (1)')\n"
            "seen.update({1})\ndigest.update(b'')\nfactory.create(1)\n"
        ),
    )
    assert len(list(writes(sample))) == 7


def test_operations_take_keywords_with_actor_and_moment() -> None:
    found = []
    for source in sources():
        if source.room != "operations":
            continue
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            if not any(chain(mark).endswith("operation") for mark in node.decorator_list):
                continue
            keywords = {argument.arg for argument in node.args.kwonlyargs}
            if node.args.args or node.args.posonlyargs or not {"actor", "at"} <= keywords:
                found.append(f"{source.name}:{node.lineno} {node.name}")
    assert not found, "Write `def name(*, ..., actor, at)`; time and actor are passed in:\n" + "\n".join(found)
