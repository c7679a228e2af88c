"""The cache of object code: entries come back whole or not at all, and loaded code computes what made code does."""

import contextlib
import json
import math
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograd.compiler.llvm import cache

ROOT = Path(__file__).parents[4]
KEY = cache.key("text", "target")
CODE = bytes(range(256)) * 20
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX's")
TEXT = """
declare double @exp(double)
declare double @llvm.sin.f64(double)
declare double @llvm.pow.f64(double, double)
@table = internal constant [2 x double] [double 3.0, double {number}]

define double @function(double %x) {{
  %a = call double @exp(double %x)
  %b = call double @llvm.sin.f64(double %x)
  %c = call double @llvm.pow.f64(double %x, double 2.5)
  %d = load volatile double, ptr getelementptr (double, ptr @table, i64 1)
  %e = fadd double %a, %b
  %f = fadd double %c, %d
  %g = fadd double %e, %f
  ret double %g
}}
"""
# Compiles TEXT under a key as a process of its own, and prints how often code was made and what it computes.
CHILD = """
import ctypes, json, sys
from llvmlite import binding
from autograd.compiler.llvm import cache

binding.initialize_native_target()
binding.initialize_native_asmprinter()
cache.SLOW = -1.0
made = []
watched = binding.ExecutionEngine.set_object_cache
def watch(engine, notify=None, buffer=None):
    watched(engine, lambda module, code: (made.append(len(code)), notify(module, code)), buffer)
binding.ExecutionEngine.set_object_cache = watch
text, key, x = json.loads(sys.stdin.read())
machine = binding.Target.from_default_triple().create_target_machine(opt=2, jit=True)
engine = cache.compiled(binding, binding.parse_assembly(text), machine, key)
function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(engine.get_function_address("function"))
print(json.dumps([len(made), function(x)]))
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The folder of the cache in these tests, made when first asked for."""
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def binding():
    binding = pytest.importorskip("llvmlite.binding")
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


def entry(place, key=KEY):
    return place / (key + cache.ENTRY)


def machine(binding):
    return binding.Target.from_default_triple().create_target_machine(opt=2, jit=True)


def engine(binding, text, key):
    """Compile text and return its function, and the engine that keeps it alive."""
    import ctypes

    engine = cache.compiled(binding, binding.parse_assembly(text), machine(binding), key)
    return ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(engine.get_function_address("function")), engine


def expected(x, number):
    return math.exp(x) + math.sin(x) + (x**2.5 + number)


def in_a_new_process(text, key, x):
    given = json.dumps([text, key, x])
    done = subprocess.run(
        [sys.executable, "-c", CHILD], input=given, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stderr == ""
    return tuple(json.loads(done.stdout))


# Keys


def test_a_key_is_of_the_whole_text_and_target():
    keys = {cache.key(text, target) for text in ("a", "ab", "") for target in ("a", "ab", "b", "")}
    assert len(keys) == 12
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)
    assert cache.key("a", "b") == cache.key("a", "b")


def test_a_key_changes_with_the_format(monkeypatch):
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    assert cache.key("text", "target") != KEY


def test_a_target_tells_machines_versions_and_settings_apart(binding, monkeypatch):
    here = machine(binding)
    targets = [
        cache.target(binding, here, "znver5", "+avx2"),
        cache.target(binding, here, "znver4", "+avx2"),
        cache.target(binding, here, "znver5", "+avx2,+avx512f"),
        cache.target(binding, here, "znver5", "+avx2", "opt", 3),
    ]
    monkeypatch.setattr("llvmlite.__version__", "0.0.0")
    targets.append(cache.target(binding, here, "znver5", "+avx2"))
    assert len(set(targets)) == 5
    assert all(here.triple in target and repr(binding.llvm_version_info) in target for target in targets)


# Entries


@pytest.mark.parametrize("code", [CODE, b"", b"\0", os.urandom(100_000)], ids=len)
def test_what_is_saved_is_loaded(code, place):
    assert cache.load(KEY) is None
    cache.save(KEY, code)
    assert cache.load(KEY) == code
    assert [path.name for path in place.iterdir()] == [KEY + cache.ENTRY]


def test_a_later_save_replaces_the_entry():
    cache.save(KEY, b"first")
    cache.save(KEY, CODE)
    assert cache.load(KEY) == CODE


def test_an_entry_for_another_cpu_is_not_used(place):
    ours, other = cache.key("text", "znver5"), cache.key("text", "znver4")
    cache.save(other, CODE)
    assert cache.load(ours) is None
    entry(place, other).rename(entry(place, ours))  # not even under our name
    assert cache.load(ours) is None


def flipped(entry, bit):
    return entry[: bit // 8] + bytes([entry[bit // 8] ^ 1 << bit % 8]) + entry[bit // 8 + 1 :]


def with_version(version):
    return lambda entry: cache.HEADER.pack(cache.MAGIC, version, *cache.HEADER.unpack_from(entry)[2:]) + CODE


DAMAGE = {
    "empty": lambda entry: b"",
    "cut in the header": lambda entry: entry[:20],
    "header only": lambda entry: entry[: cache.HEADER.size],
    "cut by a byte": lambda entry: entry[:-1],
    "a byte too many": lambda entry: entry + b"\0",
    "zeros": lambda entry: bytes(len(entry)),
    "foreign": lambda entry: b"\x7fELF" + entry,
    "bare code": lambda entry: CODE,
    "older": with_version(cache.FORMAT - 1),
    "newer": with_version(cache.FORMAT + 1),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_or_foreign_entry_is_ignored_and_deleted(damage, place):
    cache.save(KEY, CODE)
    whole = entry(place).read_bytes()
    entry(place).write_bytes(damage(whole))
    assert entry(place).read_bytes() != whole
    assert cache.load(KEY) is None
    assert not entry(place).exists()
    cache.save(KEY, CODE)
    assert cache.load(KEY) == CODE


def test_every_flipped_bit_is_found(place):
    cache.save(KEY, b"native")
    whole = entry(place).read_bytes()
    for bit in range(8 * len(whole)):
        entry(place).write_bytes(flipped(whole, bit))
        assert cache.load(KEY) is None, bit
        assert not entry(place).exists(), bit


def test_a_damaged_entry_that_cannot_be_deleted_is_ignored(place, monkeypatch):
    cache.save(KEY, CODE)
    entry(place).write_bytes(b"damaged")
    monkeypatch.setattr(Path, "unlink", failing)
    assert cache.load(KEY) is None


def test_an_entry_that_cannot_be_read_is_as_good_as_absent(place, monkeypatch):
    cache.save(KEY, CODE)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", failing)
        assert cache.load(KEY) is None
    assert cache.load(KEY) == CODE


def test_a_folder_in_the_place_of_an_entry_harms_nobody(place):
    entry(place).mkdir(parents=True)
    cache.save(KEY, CODE)
    assert cache.load(KEY) is None
    assert [path.name for path in place.iterdir()] == [KEY + cache.ENTRY]


# Folders


def failing(*arguments, **options):
    raise OSError("no space left on device, or the like")


def caches_nothing():
    cache.save(KEY, CODE)
    return cache.load(KEY) is None


@pytest.mark.parametrize("value", ["", "0"])
def test_the_cache_can_be_turned_off(value, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_CACHE", value)
    assert cache.folder() is None
    assert caches_nothing()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_made_for_its_user_alone(place):
    assert cache.folder() == place
    assert place.is_dir()
    if sys.platform != "win32":
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        cache.save(KEY, CODE)
        assert stat.S_IMODE(entry(place).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("platform", "variable", "below"),
    [
        ("linux", None, ".cache/chainrule"),
        ("linux", "XDG_CACHE_HOME", "chainrule"),
        ("darwin", None, "Library/Caches/chainrule"),
        ("win32", None, "AppData/Local/chainrule"),
        ("win32", "LOCALAPPDATA", "chainrule"),
    ],
)
def test_the_folder_is_where_each_system_keeps_caches(platform, variable, below, monkeypatch, tmp_path):
    for name in ("CHAINRULE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    if variable:
        home = tmp_path / "elsewhere"
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setattr(sys, "platform", platform)
    assert cache.folder() == home / below


@POSIX
def test_a_relative_xdg_folder_is_ignored_and_so_is_a_user_without_a_home(monkeypatch, tmp_path):
    monkeypatch.delenv("CHAINRULE_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.folder() == tmp_path / ".cache" / "chainrule"
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # what it does for such a user
    assert cache.folder() is None


def test_a_home_in_the_variable_is_the_users(monkeypatch, tmp_path):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("CHAINRULE_CACHE", "~/kept")
    assert cache.folder() == tmp_path / "kept"


@POSIX
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(mode, place):
    cache.save(KEY, CODE)
    place.chmod(mode)
    assert cache.folder() is None
    assert cache.load(KEY) is None
    place.chmod(0o755)
    assert cache.load(KEY) == CODE


@POSIX
def test_a_folder_of_another_user_is_refused(monkeypatch):
    cache.save(KEY, CODE)
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    assert cache.folder() is None
    assert cache.load(KEY) is None


def test_a_file_in_the_place_of_the_folder_turns_the_cache_off(place, monkeypatch):
    place.write_text("a file")
    assert cache.folder() is None
    assert caches_nothing()
    monkeypatch.setenv("CHAINRULE_CACHE", str(place / "below"))
    assert cache.folder() is None
    assert caches_nothing()


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_read_alone(place):
    cache.save(KEY, CODE)
    place.chmod(0o500)
    cache.save(cache.key("other", ""), CODE)
    entries = list(place.iterdir())
    place.chmod(0o700)
    assert entries == [entry(place)]
    assert cache.load(KEY) == CODE


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
def test_a_save_that_fails_leaves_the_folder_as_it_was(name, place, monkeypatch):
    cache.save(KEY, CODE)
    with monkeypatch.context() as patched:
        patched.setattr(os, name, failing)
        cache.save(KEY, b"new")
        cache.save(cache.key("other", ""), b"new")
    assert list(place.iterdir()) == [entry(place)]
    assert cache.load(KEY) == CODE


# The limit


def keys_saved_in_order(place, count, size):
    """Save entries of a size, each a second younger than the one before."""
    keys = [cache.key(str(i), "") for i in range(count)]
    for age, key in zip(range(count, 0, -1), keys, strict=True):
        cache.save(key, bytes(size))
        os.utime(entry(place, key), (1e9 - age, 1e9 - age))
    return keys


def test_above_the_limit_the_oldest_entries_go(place, monkeypatch):
    keys = keys_saved_in_order(place, 5, 1000)
    assert all(cache.HEADER.size + 1000 == path.stat().st_size for path in place.iterdir())
    monkeypatch.setattr(cache, "LIMIT", 4 * (1000 + cache.HEADER.size))
    cache.save(KEY, bytes(1000))
    assert {path.name for path in place.iterdir()} == {key + cache.ENTRY for key in [*keys[2:], KEY]}
    cache.save(KEY, bytes(999))
    assert len(list(place.iterdir())) == 4


def test_an_entry_that_was_used_is_young(place, monkeypatch):
    keys = keys_saved_in_order(place, 3, 1000)
    assert cache.load(keys[0]) is not None
    monkeypatch.setattr(cache, "LIMIT", 2 * (1000 + cache.HEADER.size))
    cache.save(KEY, bytes(1000))
    assert {path.name for path in place.iterdir()} == {keys[0] + cache.ENTRY, KEY + cache.ENTRY}


def test_code_above_the_limit_is_not_saved_and_displaces_nothing(place, monkeypatch):
    keys = keys_saved_in_order(place, 2, 1000)
    monkeypatch.setattr(cache, "LIMIT", 2 * (1000 + cache.HEADER.size))
    cache.save(KEY, bytes(cache.LIMIT))
    assert {path.name for path in place.iterdir()} == {key + cache.ENTRY for key in keys}


def test_only_the_caches_own_files_are_counted_and_deleted(place, monkeypatch):
    place.mkdir(mode=0o700)
    (place / "thesis.tmp").write_bytes(bytes(10_000))
    (place / f"left{cache.ENTRY}").write_bytes(bytes(10_000))
    for path in place.iterdir():
        os.utime(path, (1e9, 1e9))
    monkeypatch.setattr(cache, "LIMIT", 10_000)
    cache.save(KEY, CODE)
    assert {path.name for path in place.iterdir()} == {"thesis.tmp", KEY + cache.ENTRY}


def test_an_entry_deleted_by_another_process_meanwhile_is_passed_over(place, monkeypatch):
    keys = keys_saved_in_order(place, 4, 1000)
    looked = Path.stat

    def vanishing(path, **options):
        if path == entry(place, keys[0]):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        return looked(path, **options)

    monkeypatch.setattr(Path, "stat", vanishing)
    monkeypatch.setattr(cache, "LIMIT", 3 * (1000 + cache.HEADER.size))
    cache.save(KEY, bytes(1000))
    assert {path.name for path in place.iterdir()} == {key + cache.ENTRY for key in [*keys[2:], KEY]}


def test_writers_at_once_leave_one_whole_entry(place):
    codes = [bytes([i]) * (50_000 + i) for i in range(8)]
    seen, together = [], threading.Barrier(len(codes))

    def work(code):
        together.wait()
        for _ in range(20):
            cache.save(KEY, code)
            seen.append(cache.load(KEY))

    threads = [threading.Thread(target=work, args=[code]) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 160
    # On Windows a file that is being read cannot be replaced, and one being replaced cannot be read.
    assert set(seen) <= {*codes, None} if sys.platform == "win32" else set(seen) <= set(codes)
    assert cache.load(KEY) in codes
    assert list(place.iterdir()) == [entry(place)]


# Compiling


def test_slow_code_is_saved_and_fast_code_is_not(binding, place, monkeypatch):
    text = TEXT.format(number=1.0)
    monkeypatch.setattr(cache, "SLOW", math.inf)
    function, _owner = engine(binding, text, KEY)
    assert function(0.5) == expected(0.5, 1.0)
    assert not entry(place).exists()
    monkeypatch.setattr(cache, "SLOW", -1.0)
    function, _owner = engine(binding, text, KEY)
    assert function(0.5) == expected(0.5, 1.0)
    assert entry(place).exists()


def test_without_a_key_nothing_is_loaded_or_saved(binding, place, monkeypatch):
    monkeypatch.setattr(cache, "SLOW", -1.0)
    monkeypatch.setattr(cache, "load", failing)
    function, _owner = engine(binding, TEXT.format(number=1.0), None)
    assert function(0.5) == expected(0.5, 1.0)
    assert not place.exists()


def test_the_saved_code_is_what_runs(binding, monkeypatch):
    monkeypatch.setattr(cache, "SLOW", -1.0)
    _, _first = engine(binding, TEXT.format(number=1.0), KEY)
    function, _second = engine(binding, TEXT.format(number=2.0), KEY)  # another text, to see which of the two it is
    assert function(0.5) == expected(0.5, 1.0)


def test_a_module_added_later_gets_its_own_code(binding, monkeypatch):
    monkeypatch.setattr(cache, "SLOW", -1.0)
    text = TEXT.format(number=1.0)
    for _ in ("made", "loaded"):
        _, owner = engine(binding, text, KEY)
        owner.add_module(binding.parse_assembly("define i64 @added() {\n  ret i64 7\n}"))
        owner.finalize_object()
        assert owner.get_function_address("added") not in (0, owner.get_function_address("function"))


def test_a_new_process_loads_what_another_made(binding):
    text = TEXT.format(number=1.0)
    key = cache.key(text, "here")
    assert in_a_new_process(text, key, 0.5) == (1, expected(0.5, 1.0))
    assert in_a_new_process(text, key, 0.75) == (0, expected(0.75, 1.0))


def test_a_damaged_entry_is_made_again(binding, place):
    text = TEXT.format(number=1.0)
    key = cache.key(text, "here")
    in_a_new_process(text, key, 0.5)
    whole = entry(place, key).read_bytes()
    entry(place, key).write_bytes(flipped(whole, 8 * len(whole) // 2))
    assert in_a_new_process(text, key, 0.5) == (1, expected(0.5, 1.0))
    assert entry(place, key).read_bytes() == whole
    assert in_a_new_process(text, key, 0.5) == (0, expected(0.5, 1.0))


def test_vector_functions_of_the_c_library_are_found_by_loaded_code(binding, monkeypatch):
    import ctypes

    from autograd.compiler.llvm import vectormath

    if vectormath.library(binding.get_host_cpu_features()) != "libmvec":
        pytest.skip("without libmvec")
    text = "\n".join([
        "declare <2 x double> @_ZGVbN2v_exp(<2 x double>)",
        "define void @run(ptr %p) {",
        "  %x = load <2 x double>, ptr %p, align 8",
        "  %y = call <2 x double> @_ZGVbN2v_exp(<2 x double> %x)",
        "  store <2 x double> %y, ptr %p, align 8",
        "  ret void",
        "}",
    ])  # fmt: skip
    monkeypatch.setattr(cache, "SLOW", -1.0)
    results = []
    for _ in ("made", "loaded"):
        owner = cache.compiled(binding, binding.parse_assembly(text), machine(binding), KEY)
        numbers = (ctypes.c_double * 2)(0.5, -3.0)
        ctypes.CFUNCTYPE(None, ctypes.c_void_p)(owner.get_function_address("run"))(numbers)
        results.append(list(numbers))
    assert results[0] == results[1] == pytest.approx([math.exp(0.5), math.exp(-3.0)], rel=1e-15)
