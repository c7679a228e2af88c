"""Files are written whole or not at all, keep their permissions, and every error names the file that was given."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from autograd.output import files
from autograd.output.files import write_whole

ROOT = Path(__file__).parents[3]
posix = pytest.mark.skipif(os.name != "posix", reason="modes, links, pipes and signals are POSIX's")

# In a child process; root becomes nobody there, since root may write everything.
WRITES = """
import fcntl, os, resource, signal, sys  # before the user changes to one who may not read Python's folders
from autograd.output.files import write_whole
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
{before}
try:
    write_whole(sys.argv[1], b"new")
except OSError as error:
    print(f"{{type(error).__name__}}|{{error}}|{{error.filename}}", end="")
"""


def in_a_child(path, before="", check=True):
    """Write b"new" to a path as a user without privileges; return the text of the error."""
    program = WRITES.format(before=before)
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, cwd=ROOT)
    if check:
        assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.fixture
def old(path):
    """A file with something in it."""
    path.write_bytes(b"old")
    return path


@pytest.fixture
def nobodys():
    """A folder of a user without privileges; not below pytest's, which that user may not enter."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        yield Path(folder)


# Whole or not at all.


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_no_other(old, monkeypatch, name):
    def fail(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, name, fail)
    with pytest.raises(OSError, match="the disk is gone"):
        write_whole(old, b"new")
    assert old.read_bytes() == b"old"
    assert os.listdir(old.parent) == [old.name]


def test_ctrl_c_while_writing_leaves_the_old_file_and_no_other(old, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_whole(old, b"new")
    assert old.read_bytes() == b"old"
    assert os.listdir(old.parent) == [old.name]


def test_the_bytes_are_on_the_disk_before_the_name(path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda *x: (calls.append("fsync"), fsync(*x)))
    monkeypatch.setattr(os, "replace", lambda *x: (calls.append("replace"), replace(*x)))
    write_whole(path, b"new")
    assert calls == ["fsync", "replace"]
    assert path.read_bytes() == b"new"


def test_threads_that_write_one_file_leave_one_of_theirs(path):
    texts = [bytes([k]) * 10_000 for k in range(8)]
    threads = [threading.Thread(target=write_whole, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in texts
    assert os.listdir(path.parent) == [path.name]


# What a killed process leaves.


@posix
@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_killed_process_leaves_the_old_file_and_the_next_one_tidies_up(nobodys, where):
    path = nobodys / "file"
    path.write_bytes(b"old")
    path.chmod(0o666)
    in_a_child(path, f"os.{where} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)", check=False)
    assert path.read_bytes() == b"old"
    assert len(os.listdir(nobodys)) == 2
    write_whole(nobodys / "another", b"new")
    assert sorted(os.listdir(nobodys)) == ["another", "file"]


@posix
def test_a_file_that_is_being_written_is_not_tidied_up(path, monkeypatch):
    replace = os.replace

    def beside(*paths):
        monkeypatch.setattr(os, "replace", replace)
        write_whole(path.with_name("beside"), b"beside")
        replace(*paths)

    monkeypatch.setattr(os, "replace", beside)
    write_whole(path, b"new")
    assert {name: (path.parent / name).read_bytes() for name in os.listdir(path.parent)} == {
        "file": b"new",
        "beside": b"beside",
    }


@posix
def test_only_unfinished_files_of_ours_are_tidied_up(path):
    unfinished = path.with_name(".chainrule-0123456789abcdef.tmp")
    others = [path.with_name(name) for name in ("thesis.tmp", ".chainrule-notes.tmp", ".chainrule-0123456789abcdef")]
    link, pipe = [path.with_name(f".chainrule-{c * 16}.tmp") for c in "ab"]
    for each in (unfinished, *others):
        each.write_bytes(b"x")
    link.symlink_to(others[0])
    os.mkfifo(pipe)
    write_whole(path, b"new")
    assert set(path.parent.iterdir()) == {path, *others, link, pipe}


# What a file keeps.


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444, 0o666])
def test_a_file_keeps_its_permissions(old, mode):
    old.chmod(mode)
    if not os.access(old, os.W_OK):
        pytest.skip("only root may write this one")
    write_whole(old, b"new")
    assert stat.S_IMODE(old.stat().st_mode) == mode


@posix
def test_a_private_file_is_private_while_it_is_written(old, monkeypatch):
    old.chmod(0o600)
    modes = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (modes.append(stat.S_IMODE(os.fstat(fd).st_mode)), fsync(fd)))
    write_whole(old, b"new")
    assert modes == [0o600]


@posix
def test_root_leaves_a_file_to_its_owner(nobodys):
    if os.geteuid():
        pytest.skip("only root writes the files of others")
    path = nobodys / "file"
    path.write_bytes(b"old")
    os.chown(path, 65534, 65533)
    path.chmod(0o600)
    write_whole(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (65534, 65533, 0o600)


@posix
def test_an_access_list_and_other_attributes_are_kept(old):
    if not hasattr(os, "setxattr"):
        pytest.skip("this system's Python knows no such attributes")
    try:
        os.setxattr(old, "user.note", b"mine")
    except OSError:
        pytest.skip("this disk keeps no such attributes")
    write_whole(old, b"new")
    assert os.getxattr(old, "user.note") == b"mine"


@posix
def test_a_new_file_has_the_usual_mode_or_the_one_asked_for(path):
    write_whole(path, b"new")
    plain = path.with_name("plain")
    plain.write_bytes(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    private = path.with_name("private")
    write_whole(private, b"new", mode=0o600)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


@posix
def test_a_link_stays_a_link_and_one_to_nothing_makes_its_file(path):
    link = path.with_name("link")
    link.symlink_to(path)
    for data in (b"new", b"newer"):
        write_whole(link, data)
        assert link.is_symlink()
        assert path.read_bytes() == data


@pytest.mark.parametrize("letter", ["x", "모"])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path, letter):
    path = tmp_path / (letter * (255 // len(letter.encode())))
    for data in (b"new", b"newer"):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert os.listdir(tmp_path) == [path.name]


# Errors.


@posix
def test_a_file_that_may_not_be_written_is_not_replaced(nobodys):
    path = nobodys / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)
    assert in_a_child(path) == f"PermissionError|[Errno 13] Permission denied: '{path}'|{path}"
    assert path.read_bytes() == b"old"
    assert os.listdir(nobodys) == ["file"]


@posix
def test_an_error_says_that_nothing_can_be_made_in_a_folder(nobodys):
    path = nobodys / "file"
    path.write_bytes(b"old")
    path.chmod(0o666)
    nobodys.chmod(0o555)
    said = in_a_child(path)
    assert said == (
        f"PermissionError|[Errno 13] Permission denied (no new file can be made in its folder): '{path}'|{path}"
    )
    assert path.read_bytes() == b"old"


@posix
def test_a_full_disk_is_an_error_about_the_file(nobodys):
    path = nobodys / "file"
    path.write_bytes(b"old")
    path.chmod(0o666)
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (2, 2))"  # Python ignores the signal
    assert in_a_child(path, limit) == f"OSError|[Errno {errno.EFBIG}] {os.strerror(errno.EFBIG)}: '{path}'|{path}"
    assert path.read_bytes() == b"old"
    assert os.listdir(nobodys) == ["file"]


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_an_error_of_the_disk_names_the_file_and_leaves_the_old_one(old, monkeypatch, name, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, fail)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        write_whole(old, b"new")
    assert (caught.value.errno, caught.value.filename) == (number, str(old))
    assert str(old) in str(caught.value)
    assert old.read_bytes() == b"old"
    assert os.listdir(old.parent) == [old.name]


def test_a_folder_is_not_a_file(path):
    path.mkdir()
    with pytest.raises(IsADirectoryError, match="a folder: give the path of a file in it") as caught:
        write_whole(path, b"new")
    assert caught.value.filename == str(path)
    assert os.listdir(path) == []


@posix
def test_a_pipe_or_a_device_is_not_a_file(path):
    os.mkfifo(path)
    for given in (path, Path(os.devnull)):
        with pytest.raises(OSError, match="a device, pipe or socket: give the path of a file") as caught:
            write_whole(given, b"new")
        assert caught.value.filename == str(given)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_file_on_the_way_is_an_error_about_the_path(old):
    given = old / "below"
    with pytest.raises(OSError, match=r"\] ") as caught:
        write_whole(given, b"new")
    assert caught.value.filename == str(given)


def test_a_folder_that_is_not_there_is_named_as_text(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^the folder .*none\\x1b\[2J does not exist: create it first$"):
        write_whole(tmp_path / "none\x1b[2J" / "file", b"new")


@posix
def test_a_link_into_a_folder_that_is_not_there_names_that_folder(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "none" / "file")
    with pytest.raises(FileNotFoundError, match=r"^the folder .*none does not exist: create it first$"):
        write_whole(link, b"new")


@pytest.mark.parametrize("given", [None, 3, b"file"])
def test_anything_but_a_path_is_a_type_error(given):
    with pytest.raises(TypeError, match=r"path must be a string or a pathlib\.Path, got"):
        files.write_whole(given, b"new")
