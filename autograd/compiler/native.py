"""LLVM: text in, addresses of native functions out. One engine for the process, nothing set for other users of LLVM."""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from autograd.compiler import cache, vectormath, wide
from autograd.compiler.apart import apart
from autograd.compiler.ir import Body
from autograd.compiler.kernels import PARAMETERS, kernel
from autograd.compiler.spelling import SPELLINGS
from autograd.ops import Op

Key = tuple[Any, ...]
RECENT = 16  # pieces of straight-line code, and as many of kernels, that are kept for programs to come
LONG_TEXT = 100_000  # characters of IR, below which code is made faster than a file is looked up

DRIVER = """
%group = type { ptr, ptr, i64, i64, i64 }

define void @groups(i64 %n, ptr %groups, ptr %v, ptr %u, ptr %call, i64 %block) {
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %inside ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %inside, label %done
inside:
  %g = getelementptr inbounds %group, ptr %groups, i64 %i
  %function = load ptr, ptr %g
  %p1 = getelementptr inbounds %group, ptr %g, i64 0, i32 1
  %table = load ptr, ptr %p1
  %p2 = getelementptr inbounds %group, ptr %g, i64 0, i32 2
  %count = load i64, ptr %p2
  %p3 = getelementptr inbounds %group, ptr %g, i64 0, i32 3
  %dst = load i64, ptr %p3
  %p4 = getelementptr inbounds %group, ptr %g, i64 0, i32 4
  %k = load i64, ptr %p4
  call void %function(ptr %v, ptr %u, ptr %table, i64 %count, i64 %dst, i64 %k, ptr %call, i64 %block)
  %next = add i64 %i, 1
  br label %head
done:
  ret void
}

%plan = type { ptr, ptr, i64, [4 x { i64, ptr }] }

define void @run(ptr %plan, ptr %call) {
entry:
  %v = load ptr, ptr %plan
  %pu = getelementptr inbounds %plan, ptr %plan, i64 0, i32 1
  %u = load ptr, ptr %pu
  %pl = getelementptr inbounds %plan, ptr %plan, i64 0, i32 2
  %lanes = load i64, ptr %pl
  %pn0 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 0, i32 0
  %n0 = load i64, ptr %pn0
  %pg0 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 0, i32 1
  %g0 = load ptr, ptr %pg0
  %pn1 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 1, i32 0
  %n1 = load i64, ptr %pn1
  %pg1 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 1, i32 1
  %g1 = load ptr, ptr %pg1
  %pn2 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 2, i32 0
  %n2 = load i64, ptr %pn2
  %pg2 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 2, i32 1
  %g2 = load ptr, ptr %pg2
  call void @groups(i64 %n0, ptr %g0, ptr %u, ptr %u, ptr %call, i64 0)
  %rows = load i64, ptr %call
  %up = add i64 %rows, %lanes
  %up1 = sub i64 %up, 1
  %blocks = udiv i64 %up1, %lanes
  br label %head
head:
  %b = phi i64 [ 0, %entry ], [ %next, %inside ]
  %more = icmp ult i64 %b, %blocks
  br i1 %more, label %inside, label %done
inside:
  call void @groups(i64 %n1, ptr %g1, ptr %v, ptr %u, ptr %call, i64 %b)
  %next = add i64 %b, 1
  br label %head
done:
  call void @groups(i64 %n2, ptr %g2, ptr %u, ptr %u, ptr %call, i64 0)
  ret void
}

%batch = type { i64, ptr, ptr }

define i64 @train(ptr %plan, ptr %call, ptr %batches, i64 %n, ptr %trace, i64 %loss) {
entry:
  %pu = getelementptr inbounds %plan, ptr %plan, i64 0, i32 1
  %u = load ptr, ptr %pu
  %pn3 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 3, i32 0
  %n3 = load i64, ptr %pn3
  %pg3 = getelementptr inbounds %plan, ptr %plan, i64 0, i32 3, i64 3, i32 1
  %g3 = load ptr, ptr %pg3
  %pl = getelementptr inbounds double, ptr %u, i64 %loss
  %pflag = getelementptr inbounds i64, ptr %call, i64 3
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %commit ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %inside, label %done
inside:
  %batch = getelementptr inbounds %batch, ptr %batches, i64 %i
  call void @llvm.memcpy.p0.p0.i64(ptr %call, ptr %batch, i64 24, i1 false)
  call void @run(ptr %plan, ptr %call)
  %x = load double, ptr %pl
  %pt = getelementptr inbounds double, ptr %trace, i64 %i
  store double %x, ptr %pt
  %flag = load i64, ptr %pflag
  %bad = icmp ne i64 %flag, 0
  br i1 %bad, label %done, label %commit
commit:
  call void @groups(i64 %n3, ptr %g3, ptr %u, ptr %u, ptr %call, i64 0)
  %next = add i64 %i, 1
  br label %head
done:
  ret i64 %i
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


class Kernels:
    """Kernels that were made together, by their keys, and what owns their code."""

    def __init__(self, addresses: dict[Key, int], owner: Any) -> None:
        self.addresses, self.owner = addresses, owner


class Engine:
    """Native code by what it does. Kernels are made when a program first needs them, and kept while one does."""

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
        self.addresses: dict[Key, int] = {}  # of those that stay
        self.kernels: WeakValueDictionary[Key, Kernels] = WeakValueDictionary()
        self.latest: dict[Kernels, None] = {}  # stay too, though no program needs them just now
        self.recent: dict[tuple[str, int], tuple[list[int], Any]] = {}  # so a network trained again is ready at once
        self.kept: list[Any] = []  # engines that are alive as long as the process
        (run, train), self.driver = self.compiled(DRIVER, ["run", "train"])
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        self.run_place: int = run
        self.run = ctypes.CFUNCTYPE(None, pointer, pointer)(run)
        self.train = ctypes.CFUNCTYPE(number, pointer, pointer, pointer, number, pointer, number)(train)

    def _target(self, level: int) -> Any:
        """Return a description of this machine; each compilation takes one for its own."""
        binding = self.binding
        features = self.features.flatten()
        return binding.Target.from_default_triple().create_target_machine(
            cpu=binding.get_host_cpu_name(), features=features, opt=level, jit=True
        )

    def compiled(self, text: str, names: Iterable[str], level: int = 2, cached: bool = False) -> tuple[list[int], Any]:
        """Compile IR; return the addresses of functions in it, and what owns them. It needs no passes as it is written.

        With `cached`, code that takes long to make is kept on disk: IR that has no address of this process in it.
        """
        return apart(self._compiled, text, list(names), level, cached)  # type: ignore[no-any-return]

    def _compiled(self, text: str, names: Iterable[str], level: int, cached: bool) -> tuple[list[int], Any]:
        module, machine = self.binding.parse_assembly(text), self._target(level)
        key = cache.key(text, self._described(machine, level)) if cached else None
        owner = cache.compiled(self.binding, module, machine, key)
        return [owner.get_function_address(name) for name in names], owner

    def _described(self, machine: Any, level: int) -> str:
        return cache.target(self.binding, machine, self.binding.get_host_cpu_name(), self.features.flatten(), level)

    def functions(self, keys: Sequence[Key], level: int = 2) -> tuple[list[int], Any]:
        """Return the address of the code for each key, (what, lanes, contract), and what owns that code.

        Kernels are shared by programs; straight-line code, and kernels of ops that are not the table's, go with the
        program they are for.
        """
        with self.lock:
            for lanes in {key[1] for key in keys if key[0][0] == "wide" and key not in self.addresses}:
                addresses, owner = self.compiled(wide.code(lanes, PARAMETERS), wide.NAMES)
                self.kept.append(owner)
                for contract in (False, True):
                    names = [(("wide", name), lanes, contract) for name in wide.NAMES]
                    self.addresses.update(zip(names, addresses, strict=True))
            own = [key for key in dict.fromkeys(keys) if key[0][0] == "chunk" or _foreign(key)]
            kernels = self._kernels(
                [key for key in dict.fromkeys(keys) if key not in self.addresses and key not in own]
            )
            addresses, owner = self._made(own, level) if own else ([], None)
            found = dict(zip(own, addresses, strict=True))
            for shared in kernels:
                found |= shared.addresses
            return [found.get(key) or self.addresses[key] for key in keys], (owner, kernels)

    def _kernels(self, keys: Sequence[Key]) -> list[Kernels]:
        """Return the kernels for keys: those that there are, and new ones."""
        found = {key: self.kernels.get(key) for key in keys}
        missing = [key for key, kernels in found.items() if kernels is None]
        if missing:
            addresses, owner = self._made(missing)
            made = Kernels(dict(zip(missing, addresses, strict=True)), owner)
            found.update(dict.fromkeys(missing, made))
            self.kernels.update(dict.fromkeys(missing, made))
        used = [kernels for kernels in dict.fromkeys(found.values()) if kernels is not None]
        for kernels in used:
            self.latest.pop(kernels, None)
            self.latest[kernels] = None
        while len(self.latest) > RECENT:
            del self.latest[next(iter(self.latest))]
        return used

    def _made(self, keys: Sequence[Key], level: int = 2) -> tuple[list[int], Any]:
        bodies = self._bodies(keys)
        opaque = [body.opaque for body in bodies.values() if body.opaque]
        text = self.module(bodies)
        made = self.recent.pop((text, level), None)
        if made is None:
            made = self.compiled(text, bodies, level, cached=not opaque and len(text) > LONG_TEXT)
        if len(text) <= LONG_TEXT and not opaque:
            self.recent[text, level] = made  # the last one is the latest
            while len(self.recent) > RECENT:
                del self.recent[next(iter(self.recent))]
        return made[0], (made[1], opaque)

    def _bodies(self, keys: Iterable[Key]) -> dict[str, Body]:
        return {f"kernel{k}": kernel(key[0], key[1], self.native, key[2]) for k, key in enumerate(keys)}

    def text(self, keys: Iterable[Key]) -> str:
        """Return the IR of kernels."""
        return self.module(self._bodies([key for key in dict.fromkeys(keys) if key[0][0] != "wide"]))

    def module(self, bodies: dict[str, Body]) -> str:
        """Return the text of a module with a function for each body, and all that they call."""
        texts: list[str] = []
        declarations: set[str] = set()
        needed = sorted({(name, body.lanes) for body in bodies.values() for name in body.functions})
        for name, lanes in needed:
            definition = vectormath.definition(name, lanes, self.library if lanes > 1 else "scalar")
            texts.append(definition.text)
            declarations |= definition.declarations
        for name, body in bodies.items():
            declarations |= body.declarations
            texts.append("\n".join([f"define void @{name}({PARAMETERS}) {{", "entry:", *body.lines, "}"]))
        return "\n".join([*sorted(declarations), *texts])


def _foreign(key: Any) -> bool:
    """Return whether a key has an op of the user's own in it, which may be gone before this process is."""
    if isinstance(key, Op):
        return key not in SPELLINGS
    return isinstance(key, tuple) and any([_foreign(part) for part in key])


@functools.cache
def _engine(process: int) -> Engine:
    return apart(Engine)  # type: ignore[no-any-return]


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
    with _making:
        return _engine(os.getpid())
