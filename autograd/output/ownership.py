"""The warning that another installed distribution owns a folder `autograd` too, as PyPI's `autograd` does."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator


def warn_if_shared() -> None:
    """Warn when an installed distribution other than chainrule owns a folder `autograd` on `sys.path`.

    In one folder pip overwrites the files of one with those of the other; in two folders the one that
    comes first on `sys.path` is imported. Neither gives a warning.
    """
    owners = list(dict.fromkeys(["chainrule", *_other_owners()]))
    if len(owners) > 1:
        warnings.warn(
            f"the distributions {' and '.join(owners)} own the same package name `autograd`: which one is imported, "
            "or a mix of their files, depends on the order of installation and of sys.path. Install them in "
            "separate environments.",
            stacklevel=3,  # the line that imports autograd, whose __init__ calls this
        )


def _other_owners() -> Iterator[str]:
    # importlib.metadata takes 20 ms to import and longer to answer. So what the installers left behind
    # is searched as bytes, and only in folders that hold an `autograd`: a few milliseconds at most.
    for folder in sys.path:
        if os.path.isdir(os.path.join(folder, "autograd")):
            for name in os.listdir(folder or os.curdir):
                if name.endswith((".dist-info", ".egg-info")) and not name.startswith("chainrule-"):
                    metadata = os.path.join(folder, name)
                    if _lists_autograd(metadata):
                        yield _name(metadata)


def _lists_autograd(metadata: str) -> bool:
    record = b"\n" + _read(metadata, "RECORD")
    return b"\nautograd/" in record or b"autograd" in _read(metadata, "top_level.txt").split()


def _name(metadata: str) -> str:
    for line in (_read(metadata, "METADATA") or _read(metadata, "PKG-INFO")).splitlines():
        if line.startswith(b"Name:"):
            return line.removeprefix(b"Name:").strip().decode()
    return os.path.basename(metadata)


def _read(metadata: str, name: str) -> bytes:
    try:
        with open(os.path.join(metadata, name), "rb") as file:
            return file.read()
    except OSError:
        return b""
