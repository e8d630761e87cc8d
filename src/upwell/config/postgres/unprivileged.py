"""Runs one program without root rights: `python unprivileged.py namespace|uid PROGRAM ARGUMENT...`.

PostgreSQL refuses to run as root. In the `namespace` way root becomes `nobody` inside a user namespace of its own,
so that every file still belongs to root outside. In the `uid` way the process takes the user id of `nobody`.
It is run as a script in a process of its own, since a namespace can only be entered by a single thread.
"""

import ctypes
import os
import sys
from pathlib import Path

NOBODY = 65534
CLONE_NEWUSER = 0x10000000


def enter_namespace() -> None:
    """Become `nobody` in a new user namespace. Raises OSError where the system forbids it."""
    uid, gid = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"{NOBODY} {uid} 1")
    (own / "gid_map").write_text(f"{NOBODY} {gid} 1")


def drop_to_nobody() -> None:
    """Become `nobody` for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


if __name__ == "__main__":
    way, program, *arguments = sys.argv[1:]
    if way == "namespace":
        enter_namespace()
    else:
        drop_to_nobody()
    os.execv(program, [program, *arguments])  # noqa: S606
