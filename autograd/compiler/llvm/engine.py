"""LLVM: text in, addresses of native functions out. One engine for the process, nothing set for other users of LLVM."""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from autograd.atomic import apart
from autograd.compiler.llvm import cache, vectormath
from autograd.compiler.llvm.body import Body
from autograd.compiler.llvm.driver import PARAMETERS, driver
from autograd.compiler.llvm.kernels import kernel
from autograd.compiler.lower.plan import KernelKey
from autograd.compiler.lower.spelling import SPELLINGS
from autograd.ops import Op

RECENT = 16  # pieces of straight-line code, and as many of kernels, that are kept for programs to come
LONG_TEXT = 100_000  # characters of IR, below which code is made faster than a file is looked up


@dataclass(eq=False)
class Kernels:
    """Kernels that were made together, by their keys, and what owns their code."""

    addresses: dict[KernelKey, int]
    owner: Any


class Engine:
    """Native code by purpose. Kernels are made when a program first needs them, and kept while one uses them."""

    def __init__(self) -> None:
        from llvmlite import binding

        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        _let_children_use(binding)
        self.binding = binding
        self.features = binding.get_host_cpu_features()
        self.native = vectormath.native_lanes(self.features)
        self.library = vectormath.library(self.features)
        self.lock = threading.RLock()
        self.kernels: WeakValueDictionary[KernelKey, Kernels] = WeakValueDictionary()
        self.latest: dict[Kernels, None] = {}  # stay too, though no program needs them just now
        self.recent: dict[tuple[str, int], tuple[list[int], Any]] = {}  # so a network trained again is ready at once
        (run, train), self.driver = self.compiled(driver(), ["run", "train"])
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        self.run_place: int = run
        self.run = ctypes.CFUNCTYPE(None, pointer, pointer)(run)
        self.train = ctypes.CFUNCTYPE(number, pointer, pointer, pointer, number, pointer, number)(train)

    def compiled(self, text: str, names: Iterable[str], level: int = 2, cached: bool = False) -> tuple[list[int], Any]:
        """Compile IR; return the addresses of functions in it, and what owns them. It needs no passes as it is written.

        With `cached`, code that takes long to make is kept on disk: IR that has no address of this process in it.
        """
        return apart(self._compiled, text, list(names), level, cached)  # type: ignore[no-any-return]

    def _compiled(self, text: str, names: Iterable[str], level: int, cached: bool) -> tuple[list[int], Any]:
        binding, cpu, features = self.binding, self.binding.get_host_cpu_name(), self.features.flatten()
        module, target = binding.parse_assembly(text), binding.Target.from_default_triple()
        machine = target.create_target_machine(cpu=cpu, features=features, opt=level, jit=True)
        key = cache.key(text, cache.target(binding, machine, cpu, features, level)) if cached else None
        owner = cache.compiled(binding, module, machine, key)
        return [owner.get_function_address(name) for name in names], owner

    def functions(self, keys: Sequence[KernelKey], level: int = 2) -> tuple[list[int], Any]:
        """Return the address of the code for each key, (what, lanes, contract), and what owns that code.

        Kernels are shared by programs; straight-line code, and kernels of ops that are not the table's, go with the
        program they are for.
        """
        with self.lock:
            own = [key for key in dict.fromkeys(keys) if key[0][0] in ("chunk", "single row") or _foreign(key)]
            kernels = self._kernels([key for key in dict.fromkeys(keys) if key not in own])
            if own:
                kernels.append(self._made(own, level))
            found = {key: address for made in kernels for key, address in made.addresses.items()}
            return [found[key] for key in keys], kernels

    def _kernels(self, keys: Sequence[KernelKey]) -> list[Kernels]:
        """Return the kernels for keys: those that there are, and new ones."""
        found = {key: self.kernels.get(key) for key in keys}
        missing = [key for key, kernels in found.items() if kernels is None]
        if missing:
            new = dict.fromkeys(missing, self._made(missing))
            found.update(new)
            self.kernels.update(new)
        used = [kernels for kernels in dict.fromkeys(found.values()) if kernels is not None]
        for kernels in used:
            _keep(self.latest, kernels, None)
        return used

    def _made(self, keys: Sequence[KernelKey], level: int = 2) -> Kernels:
        bodies = self._bodies(keys)
        opaque = [body.function.opaque for body in bodies.values() if body.function.opaque]
        text = apart(self.module, bodies)
        made = self.recent.get((text, level))
        if made is None:
            made = self.compiled(text, bodies, level, cached=not opaque and len(text) > LONG_TEXT)
        if len(text) <= LONG_TEXT and not opaque:
            _keep(self.recent, (text, level), made)
        return Kernels(dict(zip(keys, made[0], strict=True)), (made[1], opaque))

    def _bodies(self, keys: Iterable[KernelKey]) -> dict[str, Body]:
        return {f"kernel{k}": kernel(key[0], key[1], self.native, key[2]) for k, key in enumerate(keys)}

    def text(self, keys: Iterable[KernelKey]) -> str:
        """Return the IR of kernels."""
        return self.module(self._bodies(dict.fromkeys(keys)))

    def module(self, bodies: dict[str, Body]) -> str:
        """Return the text of a module with a function for each body, and all that they call."""
        texts: list[str] = []
        declarations: set[str] = set()
        needed = sorted({needed for body in bodies.values() for needed in body.function.functions})
        for name, lanes in needed:
            definition = vectormath.definition(name, lanes, self.library if lanes > 1 else "scalar")
            texts.append(definition.text)
            declarations |= definition.declarations
        for name, body in bodies.items():
            declarations |= body.function.declarations
            texts.append(body.function.text(f"void @{name}({PARAMETERS})"))
        return "\n".join([*sorted(declarations), *texts])


def _keep(latest: dict[Any, Any], key: object, x: object) -> None:
    """Put something behind the others in a dict, and drop the oldest if there are too many."""
    latest.pop(key, None)
    latest[key] = x
    if len(latest) > RECENT:
        del latest[next(iter(latest))]


def _foreign(key: Any) -> bool:
    """Return whether a key has an op of the user's own in it, which may be gone before this process is."""
    if isinstance(key, Op):
        return key not in SPELLINGS
    return isinstance(key, tuple) and any([_foreign(part) for part in key])


_engines: dict[int, Engine] = {}  # by process


@functools.cache
def _let_children_use(binding: Any) -> None:
    """Hold llvmlite's lock while a process forks: another thread's would be locked for ever in the child."""
    lock: Any = getattr(getattr(getattr(binding.ffi, "lib", None), "_lock", None), "_lock", None)
    if hasattr(os, "register_at_fork") and hasattr(lock, "acquire"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)


_making = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().update(_making=threading.Lock())) if hasattr(os, "fork") else None


def engine() -> Engine:
    """Return the engine of this process. Raises ImportError without llvmlite."""
    process = os.getpid()
    if process not in _engines:
        with _making:
            if process not in _engines:
                _engines[process] = apart(Engine)
    return _engines[process]
