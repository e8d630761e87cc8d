"""What is refused on sight."""

import ast
import re

from tests.architecture.source import chain, imports, sources

REFUSED_IMPORTS = {
    "threading.local": "Pass the actor in as an argument.",
    "contextvars": "Pass the actor in as an argument.",
    "django.dispatch": "Call the operation where the thing happens; a signal is an arrow no import shows.",
    "django.db.models.signals": "Call the operation where the thing happens; a signal is an arrow no import shows.",
    "django.utils.module_loading": "Import what you call; a string must not name code.",
    "importlib.import_module": "Import what you call; a string must not name code.",
}
REFUSED_CALLS = {
    "get_model": "Import the model; a string must not name code.",
    "import_module": "Import what you call; a string must not name code.",
    "import_string": "Import what you call; a string must not name code.",
}
REFUSED_NAMES = {"eval": "Parse the text instead.", "exec": "Write a function instead.", "__import__": "Import it."}
MODEL_METHODS = {"save", "delete", "full_clean", "save_base", "refresh_from_db"}
STAR_EXCEPTIONS = {
    "config/settings_test.py": "Django reads settings as names of a module, and tests change a few of all",
    "config/settings_types.py": "the same for the type checker",
}
DOORS_ONLY = ("django.http", "django.forms", "django.template", "django.shortcuts", "django.views")
DOOR_EXCEPTIONS: dict[str, str] = {}


def test_nothing_is_reached_through_signals_globals_or_names_in_strings() -> None:
    found = []
    for source in sources():
        for module, line in imports(source.tree):
            for refused, mend in REFUSED_IMPORTS.items():
                if module == refused or module.startswith(f"{refused}."):
                    found.append(f"{source.name}:{line} imports {module}. {mend}")
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call):
                continue
            last = chain(node.func).rpartition(".")[2]
            if last in REFUSED_CALLS:
                found.append(f"{source.name}:{node.lineno} calls {last}. {REFUSED_CALLS[last]}")
            if isinstance(node.func, ast.Name) and node.func.id in REFUSED_NAMES:
                found.append(f"{source.name}:{node.lineno} calls {node.func.id}. {REFUSED_NAMES[node.func.id]}")
    assert not found, "\n".join(found)


def test_models_only_declare() -> None:
    found = [
        f"{source.name}:{method.lineno} {node.name}.{method.name}. Move the work into an operation."
        for source in sources()
        if source.room == "models"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in MODEL_METHODS
    ]
    assert not found, "\n".join(found)


def test_apps_do_no_work_when_they_are_made_ready() -> None:
    found = [
        f"{source.name}:{node.lineno}. Call it from the command or worker that needs it."
        for source in sources()
        if source.path.name == "apps.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name == "ready"
    ]
    assert not found, "\n".join(found)


def test_names_are_imported_one_by_one() -> None:
    found = [
        f"{source.name}:{node.lineno}. Name what you import."
        for source in sources()
        if source.name not in STAR_EXCEPTIONS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not found, "\n".join(found)


def test_requests_forms_and_templates_stay_at_the_doors() -> None:
    found = [
        f"{source.name}:{line} imports {module}. Return plain rows and let the page in interfaces/web do this."
        for source in sources()
        if not source.below("interfaces", "config") and source.name not in DOOR_EXCEPTIONS
        for module, line in imports(source.tree)
        if module.startswith(DOORS_ONLY)
    ]
    assert not found, "\n".join(found)


def test_the_engine_is_called_from_frames_only() -> None:
    found = [
        f"{source.name}:{line} imports {module}. Put the call into the app's frames.py."
        for source in sources()
        if not source.below("engine", "interfaces/console/demo")
        and source.room != "frames"
        and source.name != "__main__.py"
        for module, line in imports(source.tree)
        if module == "upwell.engine" or module.startswith("upwell.engine.")
    ]
    assert not found, "\n".join(found)


def test_questions_never_read_the_clock() -> None:
    clock = re.compile(r"\b(timezone\.(now|localdate)|datetime\.now|date\.today|time\.time)\(")
    found = [
        f"{source.name}. Take `at` or `as_of` as an argument."
        for source in sources()
        if source.room in {"queries", "operations", "frames"} and clock.search(source.text)
    ]
    assert not found, "\n".join(found)
