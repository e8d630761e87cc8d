"""What has been done already: one entry per step with a digest of what it read and of what it wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upwell.engine import VERSION

NAME = "manifest.json"
CHUNK = 1 << 20


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(CHUNK):
            hasher.update(part)
    return hasher.hexdigest()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of an output folder."""

    folder: Path
    steps: dict[str, dict[str, Any]]

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """The folder's manifest; an absent or broken one counts as empty."""
        path = folder / NAME
        try:
            stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except json.JSONDecodeError:
            stored = {}
        return cls(folder, stored.get("steps", {}) if isinstance(stored, dict) else {})

    def is_done(self, step: str, key: str) -> bool:
        """True where the step read the same and its files are still as it wrote them."""
        entry = self.steps.get(step)
        if entry is None or entry.get("key") != key:
            return False
        return all(
            (self.folder / name).is_file() and file_digest(self.folder / name) == digest
            for name, digest in entry["outputs"].items()
        )

    def store(self, step: str, key: str, inputs: Mapping[str, str], outputs: Sequence[str]) -> None:
        """Write the entry of a finished step; a crash leaves the old manifest or the new one, never half."""
        self.steps[step] = {
            "key": key,
            "inputs": dict(inputs),
            "outputs": {name: file_digest(self.folder / name) for name in outputs},
        }
        fresh = self.folder / f"{NAME}.part"
        body = {"engine": VERSION, "steps": self.steps}
        fresh.write_text(json.dumps(body, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(self.folder / NAME)


def key_of(step: str, inputs: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
    """Digest of everything a step's answer depends on."""
    text = json.dumps([VERSION, step, dict(inputs), dict(parameters)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
