"""Write a file whole or not at all: at any time, after a crash too, there is the old file or the new one."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from autograd.output.printing import shown

# What a file is called until it is complete. The name is short, so that any name which fits the disk can be written.
UNFINISHED = re.compile(r"\.chainrule-[0-9a-f]{16}\.tmp")

PathLike = str | os.PathLike[str]


def checked_path(path: PathLike) -> PathLike:
    """Return a path. Raises TypeError for anything else."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a string or a pathlib.Path, got {type(path).__name__}: {path!r:.60}")
    return path


def write_whole(path: PathLike, data: bytes, mode: int = 0o666) -> None:
    """Write a file next to `path`, and rename it to that once it is on the disk.

    A link stays a link, and a file that is there keeps its owner and its permissions; a new one gets
    `mode`, less what the user's umask takes away. Unfinished files that killed processes have left
    in the folder are removed.

    Raises OSError, about `path`, where nothing can be written: a folder, a device or a pipe, a file that
    this user may not write, a full disk. Then nothing has changed.
    """
    target = Path(os.path.realpath(checked_path(path)))  # through a link, as open() would write
    temporary = target.with_name(f".chainrule-{os.urandom(8).hex()}.tmp")
    try:
        old = _replaceable(target)
        _sweep(target.parent)
        with _created(temporary, mode if old is None else stat.S_IMODE(old.st_mode) & mode) as file:
            if old is not None:
                _like(file.fileno(), target, old)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix":  # while it is still open, and so locked
                os.replace(temporary, target)
        if os.name != "posix":  # Windows does not rename an open file
            os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            raise _about(error, path, target) from None
        raise


def _replaceable(target: Path) -> os.stat_result | None:
    """Return the status of the file to replace, None if there is none. Raises OSError if it must not be replaced."""
    try:
        old = target.stat()
        if stat.S_ISREG(old.st_mode):  # the folder's permissions would let it be replaced, but it has its own
            os.close(os.open(target, os.O_WRONLY))
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder: give the path of a file in it")
    if not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "a device, pipe or socket: give the path of a file")
    return old


def _created(path: Path, mode: int) -> BinaryIO:
    """Return a new file, open and locked: a file without a lock is no longer being written."""
    while True:
        file = open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        _locked(file.fileno(), wait=True)
        if path.exists():
            return file
        file.close()  # another process swept it away before it was locked


def _like(descriptor: int, target: Path, old: os.stat_result) -> None:
    """Give a file the owner, the permissions and the access list of the one that it will replace, as far as allowed."""
    if os.name != "posix":
        return
    new = os.fstat(descriptor)
    for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
        if (owner, group) not in ((-1, new.st_gid), (new.st_uid, -1)):
            with suppress(OSError):
                os.chown(descriptor, owner, group)
    os.chmod(descriptor, stat.S_IMODE(old.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(target):
                os.setxattr(descriptor, name, os.getxattr(target, name))


def _sweep(folder: Path) -> None:
    """Remove the unfinished files of processes that are gone; their locks went with them."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if UNFINISHED.fullmatch(name):
                with suppress(OSError):
                    _remove_if_left(folder / name)


def _remove_if_left(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and _locked(descriptor, wait=False):
            path.unlink()
    finally:
        os.close(descriptor)


def _locked(descriptor: int, wait: bool) -> bool:
    """Lock a file until it is closed, and return whether it is locked; some systems and disks have no such locks."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def _about(error: OSError, path: PathLike, target: Path) -> OSError:
    """Return an error about the file that the user named, whichever file it was raised for."""
    if isinstance(error, FileNotFoundError) and not target.parent.exists():
        given = Path(path).parent
        missing = target.parent if given.exists() else given
        return FileNotFoundError(f"the folder {shown(missing)} does not exist: create it first")
    reason = str(error.strerror)
    if error.filename is not None and UNFINISHED.fullmatch(os.path.basename(error.filename)):
        reason += " (no new file can be made in its folder)"
    return OSError(error.errno, reason, os.fspath(path))
