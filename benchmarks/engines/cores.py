"""Both cores of chainrule in one process, and the floor under them: a C type whose operators return an operand."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

OURS = ("autograd", "nn", "works")

FLOOR = r"""
#include <Python.h>
#include <structmember.h>
typedef struct { PyObject_HEAD double data, grad; } Floor;
static PyObject *both(PyObject *a, PyObject *b);
static PyObject *power(PyObject *a, PyObject *b, PyObject *c) { return both(a, b); }
static PyObject *one(PyObject *a) { Py_INCREF(a); return a; }
static PyObject *method(PyObject *a, PyObject *none) { Py_INCREF(a); return a; }
static PyMethodDef methods[] = {{"relu", method, METH_NOARGS}, {"sigmoid", method, METH_NOARGS},
    {"backward", method, METH_NOARGS}, {NULL}};
static PyMemberDef members[] = {{"data", T_DOUBLE, offsetof(Floor, data)}, {"grad", T_DOUBLE, offsetof(Floor, grad)},
    {NULL}};
static int begin(PyObject *self, PyObject *args, PyObject *keywords)
{
    return PyArg_ParseTuple(args, "d", &((Floor *)self)->data) ? 0 : -1;
}
static PyNumberMethods numbers = {.nb_add = both, .nb_subtract = both, .nb_multiply = both, .nb_true_divide = both,
    .nb_power = power, .nb_negative = one};
static PyTypeObject type = {PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "Floor", .tp_basicsize = sizeof(Floor),
    .tp_flags = Py_TPFLAGS_DEFAULT, .tp_new = PyType_GenericNew, .tp_init = begin, .tp_methods = methods,
    .tp_members = members, .tp_as_number = &numbers};
static PyObject *both(PyObject *a, PyObject *b) { PyObject *x = Py_TYPE(a) == &type ? a : b; Py_INCREF(x); return x; }
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "floor", NULL, -1};
PyMODINIT_FUNC PyInit_floor(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && PyType_Ready(&type) == 0)
        PyModule_AddObjectRef(module, "Floor", (PyObject *)&type);
    return module;
}
"""


def pure_works() -> ModuleType:
    """Return the module works.eager, imported a second time, with a chainrule that has the pure core."""
    ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] in OURS}
    for name in ours:
        del sys.modules[name]
    before = os.environ.get("CHAINRULE_PURE")
    os.environ["CHAINRULE_PURE"] = "1"
    try:
        importlib.import_module("nn.training")  # now: on first use it would be the other copy's
        return importlib.import_module("works.eager")
    finally:
        os.environ.pop("CHAINRULE_PURE")
        if before is not None:
            os.environ["CHAINRULE_PURE"] = before
        for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
            del sys.modules[name]
        sys.modules.update(ours)


def floor() -> Any:
    """Compile the type Floor and return it; without a C compiler, print why and return None."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, library = Path(folder, "floor.c"), Path(folder, f"floor{sysconfig.get_config_var('EXT_SUFFIX')}")
        source.write_text(FLOOR)
        include = f"-I{sysconfig.get_paths()['include']}"
        try:
            subprocess.run(["gcc", "-O2", "-fPIC", "-shared", include, source, "-o", library], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"the floor in C is left out: {error}")
            return None
        spec = importlib.util.spec_from_file_location("floor", library)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Floor
