"""Prints every requirement id with the tests that prove it and their last result."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

RECORD = Path(__file__).resolve().parents[1] / "var" / "requirements.json"
IDS = [*(f"R{number:02}" for number in range(1, 73)), *(f"G{number}" for number in range(1, 13))]


def lines(record: Mapping[str, Mapping[str, str]]) -> list[str]:
    """One line for each id without a test, else one for each of its tests."""
    out = []
    for name in IDS:
        tests = record.get(name, {})
        if not tests:
            out.append(f"{name:<4} -")
        for test, outcome in sorted(tests.items()):
            out.append(f"{name:<4} {outcome:<8} {test}")
    return out


def main() -> int:
    """Print the table and how many ids are proved; the record is written by every test run."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    print("\n".join(lines(record)))
    proved = [name for name in IDS if record.get(name) and set(record[name].values()) == {"passed"}]
    print(f"\n{len(proved)} of {len(IDS)} requirements are proved by tests that passed when they last ran.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
