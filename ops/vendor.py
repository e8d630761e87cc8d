"""Refresh `static/vendor/` from npm: the typeface, the icon sprite and htmx.

Run `python ops/vendor.py` with npm on the path; nobody who only runs Upwell needs it. Each file is listed in
`manifest.json` with the package's name, version, licence and the file's sha256.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/upwell/interfaces/web/static/vendor"

ICONS = TARGET / "lucide/icons.txt"


@dataclass(frozen=True)
class Package:
    """One npm package and the files taken from it, as `{path in the package: path under static/vendor}`."""

    name: str
    version: str
    files: dict[str, str]


PACKAGES = (
    Package("htmx.org", "2.0.11", {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"}),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        {
            "files/inter-latin-wght-normal.woff2": "inter/inter-latin-wght-normal.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext-wght-normal.woff2",
            "LICENSE": "inter/LICENSE",
        },
    ),
    Package("lucide-static", "1.62.0", {"LICENSE": "lucide/LICENSE"}),
)


@dataclass(frozen=True)
class Entry:
    """One vendored file as the manifest records it."""

    path: str
    package: str
    version: str
    licence: str
    sha256: str


def unpacked(package: Package, folder: Path) -> Path:
    """Fetch the package with npm and return the folder that holds its files."""
    subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def symbol(name: str, source: str) -> str:
    """Turn one Lucide file into a `<symbol>` that inherits stroke and size from the page."""
    inner = re.sub(r"\s+", " ", source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner.strip().replace("> <", "><")}</symbol>'


def sprite(folder: Path) -> str:
    """Join the icons listed in `lucide/icons.txt` into one SVG document."""
    symbols = [
        symbol(name, (folder / "icons" / f"{name}.svg").read_text("utf-8"))
        for name in ICONS.read_text("utf-8").split()
    ]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def refresh(package: Package, folder: Path) -> list[Entry]:
    """Copy the package's files into `static/vendor/` and return their manifest entries."""
    source = unpacked(package, folder)
    licence = json.loads((source / "package.json").read_text("utf-8"))["license"]
    contents = {target: (source / origin).read_bytes() for origin, target in package.files.items()}
    if package.name == "lucide-static":
        contents["lucide/sprite.svg"] = sprite(source).encode()
    entries = []
    for target, content in sorted(contents.items()):
        (TARGET / target).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / target).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        entries.append(Entry(target, package.name, package.version, licence, digest))
    return entries


def main() -> None:
    """Refresh every package and write the manifest."""
    entries: list[Entry] = []
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            entries.extend(refresh(package, Path(folder)))
    (TARGET / "manifest.json").write_text(
        json.dumps([asdict(entry) for entry in entries], indent=2) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
