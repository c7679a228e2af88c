"""A folder of object code, so that what took long to compile is loaded the next time, in this process or another.

An entry is used only whole and only for the text and machine it was made for; any other is as good as absent. Failing
to read or write is never an error: the code is then compiled as without a cache.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
from contextlib import suppress
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from time import perf_counter
from typing import Any

from autograd.output.files import write_whole

SLOW = 0.5  # seconds; what compiles faster is not saved
LIMIT = 256 * 2**20  # bytes of all entries together
MAGIC, FORMAT = b"chainobj", 1
HEADER = struct.Struct("<8sI32sQ")  # the magic, the format, a digest, the length of the code that follows
ENTRY = ".chainobj"  # in a folder shared with other files, only the cache's own are counted and deleted


def target(binding: Any, machine: Any, cpu: str, features: str, *settings: object) -> str:
    """Describe all but the text that code depends on: the machine, and what else the caller has set (such as `opt`)."""
    from llvmlite import __version__

    return repr((machine.triple, cpu, features, binding.llvm_version_info, __version__, *settings))


def key(text: str, target: str) -> str:
    """Return the name for the code that IR text becomes on a target. Text with absolute addresses must have none."""
    return sha256(repr((FORMAT, target, text)).encode()).hexdigest()


def folder() -> Path | None:
    """Return the folder of the cache, made if missing; None if there is none, or others could put code into it.

    It is $CHAINRULE_CACHE (empty or "0": no cache), or else "chainrule" in the user's folder for caches.
    """
    place = _place()
    if place is None:
        return None
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place if _private(place) else None
    except OSError:
        return None


def _place() -> Path | None:
    chosen = os.environ.get("CHAINRULE_CACHE")
    if chosen is not None:
        return None if chosen in ("", "0") else Path(os.path.expanduser(chosen))
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.join(home, ".cache")  # the XDG specification: ignore relative
    return Path(base, "chainrule") if os.path.isabs(base) else None  # a user without a home has "~" for one


def _private(place: Path) -> bool:
    """Return whether only this user can write to a folder, since its files are run. On Windows this is not checked."""
    if sys.platform == "win32":
        return True
    about = place.stat()
    return about.st_uid == os.geteuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def load(key: str) -> bytes | None:
    """Return the code saved under a key; None without a whole entry of this format for it. A damaged one is deleted."""
    place = folder()
    if place is None:
        return None
    path = place / (key + ENTRY)
    try:
        entry = path.read_bytes()
    except OSError:
        return None
    code = entry[HEADER.size :]
    whole = entry == _packed(key, code)
    with suppress(OSError):
        (os.utime if whole else os.unlink)(path)  # what was used last stays longest
    return code if whole else None


def save(key: str, code: bytes) -> None:
    """Keep code under a key, whole or not at all, and delete the oldest entries above the limit."""
    place = folder()
    if place is None or HEADER.size + len(code) > LIMIT:
        return
    with suppress(OSError):
        write_whole(place / (key + ENTRY), _packed(key, code), mode=0o600)
        _prune(place)


def _packed(key: str, code: bytes) -> bytes:
    digest = sha256(key.encode() + code).digest()  # with the key, so that an entry is worth nothing under another name
    return HEADER.pack(MAGIC, FORMAT, digest, len(code)) + code


def _prune(place: Path) -> None:
    """Delete the oldest entries until the rest is within the limit."""
    found = []
    for path in place.iterdir():
        if path.name.endswith(ENTRY):
            with suppress(OSError):  # another process may have deleted it since
                about = path.stat()
                found.append((about.st_mtime_ns, about.st_size, path))
    found.sort(reverse=True)
    for total, (*_, path) in zip(accumulate([size for _, size, _ in found]), found, strict=True):
        if total > LIMIT:
            with suppress(OSError):
                path.unlink()


def compiled(binding: Any, module: Any, machine: Any, key: str | None) -> Any:
    """Return an engine with the code of a module, ready to run: loaded if saved under the key, else made.

    What took longer than SLOW to make is saved. Without a key the cache is not used, as must be for a module with
    addresses of this process in it. Functions that the code calls are found by name, whether it was made or loaded.
    """
    engine = binding.create_mcjit_compiler(module, machine)
    if key is None:
        engine.finalize_object()
        return engine
    found, made = load(key), list[bytes]()
    engine.set_object_cache(lambda _, code: made.append(code), lambda _: found)
    started = perf_counter()
    engine.finalize_object()
    seconds = perf_counter() - started
    engine.set_object_cache()  # else a module added later would get this code; and the copies of the code are let go
    if made and seconds > SLOW:
        save(key, made[0])
    return engine
