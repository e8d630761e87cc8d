"""Makes the environment the commands of the Makefile run in. Needs nothing but Python 3.11 and its venv module.

    python3 ops/start.py sync           packages of the product
    python3 ops/start.py sync --test    packages of the product and of its tests
    python3 ops/start.py sync --reference   those, and the programs the engine is compared with
    python3 ops/start.py lock           resolve pyproject.toml again and write the lock files

Every package is checked against a hash in one of the `requirements*.lock`. Where pip is configured
to use another index, uv is told the same. A second call takes a moment: it compares a digest and does nothing.
"""

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / "bin"
SERVER_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
REFERENCE_LOCK = ROOT / "requirements-reference.lock"
OLDEST = (3, 11)
UV = "uv>=0.7"
HANDED_ON = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
HEADER = "# Written by `make lock` from pyproject.toml and ops/build.in. Do not edit.\n"


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["sync", "lock"])
    parser.add_argument("--test", action="store_true", help="the packages of the tests too")
    parser.add_argument("--reference", action="store_true", help="the programs the engine is compared with too")
    given = parser.parse_args()
    if sys.version_info < OLDEST:
        sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}. "
                 "Call `make PYTHON=python3.12 ...` to name another one.")
    make_venv()
    if given.action == "lock":
        lock()
    else:
        sync(REFERENCE_LOCK if given.reference else TEST_LOCK if given.test else SERVER_LOCK)
    return 0


def make_venv() -> None:
    """Make `.venv` unless a working one is there."""
    if (BIN / "python").exists() and call([str(BIN / "python"), "-c", "pass"], quiet=True) == 0:
        return
    say("Making .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    if call([sys.executable, "-m", "venv", str(VENV)]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv.")


def sync(lock_file: Path) -> None:
    """Install what the lock names, unless the same lock was installed before."""
    stamp = VENV / f"{lock_file.stem}.synced"
    wanted = digest(lock_file, ROOT / "pyproject.toml", BIN / "python")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing what {lock_file.name} names")
    environment = uv_environment()
    uv = find_uv()
    if uv:
        install = [uv, "pip", "install", "--python", str(BIN / "python"), "--compile-bytecode", "--quiet"]
    else:
        install = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    must([*install, "--require-hashes", "-r", str(lock_file)], environment)
    must([*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], environment)
    stamp.write_text(wanted)


def lock() -> None:
    """Resolve for every platform and supported Python; keep no address of an index and no path."""
    uv = find_uv()
    if not uv:
        sys.exit("uv could not be installed, and only uv writes the locks.")
    base = [uv, "pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11", "--no-header"]
    base += ["--python", str(BIN / "python"), "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    base += ["--quiet", "pyproject.toml", "ops/build.in", "--extra", "server"]
    write_lock(base, SERVER_LOCK)
    tested = [*base, "--extra", "test"]
    write_lock([*tested, "--constraint", SERVER_LOCK.name], TEST_LOCK)
    write_lock([*tested, "--extra", "reference", "--constraint", TEST_LOCK.name], REFERENCE_LOCK)


def write_lock(command: list[str], target: Path) -> None:
    """Run one resolution and keep its lines, without those that name a place.

    Only the main index is asked: a folder of wheels knows the files of one platform, and the lock is for all.
    """
    environment = uv_environment()
    for name in ("UV_FIND_LINKS", "UV_INDEX"):
        environment.pop(name, None)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    places = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host")
    lines = [line for line in done.stdout.splitlines() if not line.startswith(places)]
    if any("://" in line or "file:" in line for line in lines):
        sys.exit(f"{target.name} would name an address; it was not written.")
    target.write_text(HEADER + "\n".join(lines) + "\n")
    say(f"Wrote {target.name}")


def find_uv() -> str | None:
    """The uv of the environment, installed now if need be; None where the index does not offer it."""
    own = BIN / "uv"
    if not own.exists():
        pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]
        call(pip, quiet=True)
    return str(own) if own.exists() else shutil.which("uv")


def uv_environment() -> dict[str, str]:
    """The environment of uv: pip's configured places under uv's names, and no download of another Python."""
    environment = dict(os.environ)
    for key, value in pip_settings().items():
        name = HANDED_ON.get(key)
        if name and value and name not in environment:
            words = value.split()
            environment[name] = ",".join(words) if name == "UV_FIND_LINKS" else " ".join(words)
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # as pip does; the hashes make it safe
    environment.setdefault("UV_LINK_MODE", "copy")
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    environment["UV_NO_CONFIG"] = "1"
    return environment


def pip_settings() -> dict[str, str]:
    """What pip is told by its files and variables, the strongest source last."""
    command = [str(BIN / "python"), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda text: text.startswith(":env:")):
        place, _, value = line.partition("=")
        section, _, key = place.rpartition(".")
        if section in {"global", "install", ":env:"} and value:
            found[key] = str(ast.literal_eval(value))
    return found


def digest(*files: Path) -> str:
    """One text that changes with any of the files."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.read_bytes() if path.suffix else os.fsencode(path.resolve()))
    return total.hexdigest()


def call(command: list[str], *, quiet: bool = False) -> int:
    """Run a command and give its exit code."""
    return subprocess.run(command, capture_output=quiet, check=False).returncode


def must(command: list[str], environment: dict[str, str]) -> None:
    """Run a command and end with its exit code when it fails."""
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code != 0:
        sys.exit(code)


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
