"""The reference: the public modules as pdoc should show them, and the names that have no docstring."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import pdoc.doc_ast
import pdoc.doc_types
from pdoc.doc import Class, Doc, Function, Module, Variable
from public import MODULES, public_names

# The files that the names of the two packages come from, in the order in which to read them.
HOMES = [
    "autograd.value", "autograd.ops", "autograd.functions", "autograd.reductions", "autograd.transforms.derivatives",
    "autograd.graph", "autograd.modes", "autograd.anomaly", "autograd.compiler.compiled", "autograd.drawing.picture",
    "autograd.drawing.words.explain", "autograd.errors",
    "nn.layers", "nn.module", "nn.training.fitting", "nn.training.history", "nn.files.serialization", "nn.callbacks",
    "nn.errors",
]  # fmt: skip
DIRECTIVE = re.compile(r" *# doctest: .*")  # meant for pytest, not for the reader


class Written(str):
    """An annotation as it is written in the source."""

    __repr__ = str.__str__


def reference() -> dict[str, Module]:
    """Return pdoc's view of each public module, by name."""
    imported = {name: import_module(name) for name in MODULES}
    classes: dict[tuple[str, str], str] = {}
    for module in reversed(imported.values()):  # the packages come last: a class is described there if it can be
        objects = [getattr(module, name) for name in public_names(module)]
        classes |= {(x.__module__, x.__name__): module.__name__ for x in objects if inspect.isclass(x)}
    keep_annotations_as_written(classes)
    return {name: view(module, classes) for name, module in imported.items()}


def keep_annotations_as_written(classes: Mapping[tuple[str, str], str]) -> None:
    """Make signatures say `Number`, which pdoc would evaluate to `typing.Any`, and link to our own classes."""
    full = {name: f"{module}.{name}" for (_, name), module in classes.items()}
    ours = re.compile(rf"(?<![\w.])(?:{'|'.join(full)})\b")

    def written(annotation: Any, *_: Any) -> Any:
        annotation = getattr(annotation, "__forward_arg__", annotation)
        if not isinstance(annotation, str):
            return annotation
        return Written(ours.sub(lambda name: full[name.group()], annotation))

    for module in (pdoc.doc, pdoc.doc_types):
        vars(module)["safe_eval_type"] = written


def view(module: ModuleType, classes: Mapping[tuple[str, str], str]) -> Module:
    """Return pdoc's view of a module: its public names, in the order in which to read them, and its submodules."""
    names = public_names(module)
    for name in names:
        vars(module)[name] = getattr(module, name)  # also if it is loaded on first use
    submodules = [name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == module.__name__]
    vars(module)["__all__"] = [*sorted(names, key=lambda name: place(module, name)), *submodules]
    seen = Module(module)
    for doc in seen.members.values():
        doc.docstring = DIRECTIVE.sub("", doc.docstring)
        if isinstance(doc, Variable):  # a constant's docstring is below it, in the file that defines it
            doc.docstring, doc.default_value = constant_docstring(doc.name), pdoc.doc_types.empty
        elif isinstance(doc, Class):
            tidy(doc, module, classes)
        elif isinstance(doc, Function):
            doc.signature = short_signature(doc)
    return seen


def tidy(doc: Class, module: ModuleType, classes: Mapping[tuple[str, str], str]) -> None:
    """Leave out members that say nothing new; list the methods that are functions of `autograd` in one line."""
    functions = set()
    for name, member in list(doc.members.items()):
        function = re.fullmatch(r"Return (\w+) of this Value; see `autograd\.\1`\.", member.docstring)
        if function:
            functions.add(function[1])
        if function or is_noise(member, module):
            del doc.members[name]
            continue
        member.taken_from = described_at(member, doc, classes)
        if member.docstring.startswith("Alias for field number"):  # namedtuple's
            member.docstring = ""
    if functions:
        listed = ", ".join(f"`{name}`" for name in sorted(functions))
        doc.docstring += f"\n\nThese functions are also methods, under NumPy's names too: {listed}."


def place(module: ModuleType, name: str) -> tuple[bool, int, str, int]:
    """Return the key to sort a name by: the module's own names come first, then the others by file and line."""
    x = getattr(module, name)
    home = getattr(x, "__module__", "autograd.ops")
    line = inspect.getsourcelines(x)[1] if callable(x) else sys.maxsize
    return home != module.__name__, HOMES.index(home) if home in HOMES else len(HOMES), home, line


def constant_docstring(name: str) -> str:
    """Return the docstring of a constant, or "" if it has none."""
    found = [pdoc.doc_ast.walk_tree(import_module(home)).var_docstrings.get(name) for home in HOMES]
    return next(filter(None, found), "")


def is_noise(member: Doc[Any], module: ModuleType) -> bool:
    """Return whether a member of a class only repeats a public function, or does not come from this library."""
    if not isinstance(member, Function):
        return False
    name, home = getattr(member.obj, "__name__", ""), getattr(member.obj, "__module__", None) or ""
    return vars(module).get(name) is member.obj or home.partition(".")[0] not in ("autograd", "nn")


def described_at(member: Doc[Any], doc: Class, classes: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """Return where a member of a class is described: here, even if a private base defines it, or at a public base."""
    module, qualname = member.taken_from
    owner = qualname.rpartition(".")[0]
    if owner.startswith("_") or (module, owner) == (doc.obj.__module__, doc.obj.__qualname__):
        return member.modulename, member.qualname
    return classes.get((module, owner), module), qualname


def short_signature(function: Function) -> inspect.Signature:
    """Return a signature that shows a long default by its name."""
    names = {id(x): Written(name) for name, x in vars(inspect.getmodule(function.obj) or object).items()}
    given = function.signature
    parameters = [
        p.replace(default=names.get(id(p.default), Written("..."))) if len(repr(p.default)) > 80 else p
        for p in given.parameters.values()
    ]
    return given.replace(parameters=parameters)


def undocumented(module: Module) -> Iterator[str]:
    """Yield a line for each public name without a docstring of its own; pdoc would show a base class's."""
    for doc in module.members.values():
        functions = doc.own_members if isinstance(doc, Class) else []
        described = [x for x in functions if isinstance(x, Function) and not x.name.startswith("_")]
        for x in (doc, *described):
            if not (x.docstring if isinstance(x, Variable) else vars(x.obj).get("__doc__", x.obj.__doc__)):
                yield f"{x.fullname} has no docstring"
