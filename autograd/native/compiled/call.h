/* A compiled function as a callable: described by Python once, called without Python's help. */

#include "arguments.h"

/* A result, or a part of one, in its nesting. */
static PyObject *nested(CompiledCall *c, const Py_ssize_t **description)
{
    const Py_ssize_t *at = *description;
    Py_ssize_t kind = at[0], length = at[1], k;
    PyObject *x, *part;
    *description = at + 2;
    if (kind == NUMBER)
        return PyFloat_FromDouble(c->slots[length]);
    if (kind == ARRAY)
        return PyObject_CallNoArgs(PyTuple_GET_ITEM(c->copies, length));
    if (!(x = kind == LIST ? PyList_New(length) : PyTuple_New(length)))
        return NULL;
    for (k = 0; k < length; k++) {
        if (!(part = nested(c, description))) {
            Py_DECREF(x);
            return NULL;
        }
        if (kind == LIST)
            PyList_SET_ITEM(x, k, part);
        else
            PyTuple_SET_ITEM(x, k, part);
    }
    return x;
}

/* Run the code on what is in the slots, and return the results, or raise what an op in Python raised meanwhile. The
   slots stay this call's until all objects are made: what lets anything run that calls again, sends it the general way. */
static PyObject *run_code(CompiledCall *c)
{
    int64_t before = c->failures ? *c->failures : 0;
    const Py_ssize_t *description = c->results;
    PyObject *result = NULL, *done = NULL;
    int failed;
    c->busy = 1;
    c->run(c->plan, c->words);
    failed = c->failures && (*c->failures != before || *c->flag); /* perhaps in another thread */
    if (!failed || (done = PyObject_CallNoArgs(c->look)))
        result = nested(c, &description);
    c->busy = 0;
    Py_XDECREF(done);
    return result;
}

static PyObject *call_compiled(PyObject *self, PyObject *const *args, size_t flags, PyObject *names)
{
    CompiledCall *c = (CompiledCall *)self;
    if (names || PyVectorcall_NARGS(flags) != c->given || !take_arguments(c, args))
        return PyObject_Vectorcall(c->otherwise, args, flags, names);
    return run_code(c);
}

/* expect(rows, first, index): take arrays of so many rows from now on; False if the code runs just now. */
static PyObject *expect_rows(PyObject *self, PyObject *args)
{
    CompiledCall *c = (CompiledCall *)self;
    long long rows, first;
    PyObject *index;
    if (!PyArg_ParseTuple(args, "LLO", &rows, &first, &index))
        return NULL;
    if (c->busy)
        Py_RETURN_FALSE;
    *c->rows = rows;
    *c->index_at = first;
    Py_XSETREF(c->index, Py_NewRef(index));
    Py_RETURN_TRUE;
}

static int compiled_traverse(CompiledCall *c, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(c));
    Py_VISIT(c->otherwise);
    Py_VISIT(c->captured);
    Py_VISIT(c->copies);
    Py_VISIT(c->look);
    Py_VISIT(c->owner);
    Py_VISIT(c->index);
    return 0;
}

static void compiled_dealloc(CompiledCall *c)
{
    PyTypeObject *type = Py_TYPE(c);
    PyObject_GC_UnTrack(c);
    PyMem_Free(c->arguments);
    PyMem_Free(c->results);
    Py_XDECREF(c->otherwise);
    Py_XDECREF(c->captured);
    Py_XDECREF(c->copies);
    Py_XDECREF(c->look);
    Py_XDECREF(c->kinds);
    Py_XDECREF(c->owner);
    Py_XDECREF(c->index);
    type->tp_free(c);
    Py_DECREF(type);
}

static PyMethodDef compiled_methods[] = {{"expect", expect_rows, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyMemberDef compiled_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(CompiledCall, vectorcall), READONLY, NULL}, {NULL, 0, 0, 0, NULL}};
static PyType_Slot compiled_slots[] = {
    {Py_tp_call, PyVectorcall_Call}, {Py_tp_traverse, compiled_traverse}, {Py_tp_dealloc, compiled_dealloc},
    {Py_tp_methods, compiled_methods}, {Py_tp_members, compiled_members}, {0, NULL}};
static PyType_Spec compiled_spec = {
    "autograd.native._core.CompiledCall", sizeof(CompiledCall), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION, compiled_slots};

/* The whole numbers in a tuple. */
static Py_ssize_t *sizes_in(PyObject *tuple)
{
    Py_ssize_t k, *sizes = PyMem_Calloc((size_t)PyTuple_GET_SIZE(tuple) + 2, sizeof *sizes);
    if (!sizes)
        return (Py_ssize_t *)PyErr_NoMemory();
    for (k = 0; k < PyTuple_GET_SIZE(tuple); k++)
        if ((sizes[k] = PyLong_AsSsize_t(PyTuple_GET_ITEM(tuple, k))) == -1 && PyErr_Occurred()) {
            PyMem_Free(sizes);
            return NULL;
        }
    return sizes;
}

/* compiled_call(places, given, arguments, results, copies, captured, kinds, look, otherwise, owner):
   `places` are addresses: of the code, plan, words and slots, of left and failures or 0, of the words rows, index, flag. */
static PyObject *compiled_call(PyObject *module, PyObject *args)
{
    static PyTypeObject *type;
    PyObject *places, *arguments, *results, *copies, *captured, *kinds, *look, *otherwise, *owner;
    void *at[9];
    Py_ssize_t given, k;
    CompiledCall *c;
    if (!PyArg_ParseTuple(args, "O!nO!O!O!O!O!OOO", &PyTuple_Type, &places, &given, &PyTuple_Type, &arguments, &PyTuple_Type,
                          &results, &PyTuple_Type, &copies, &PyTuple_Type, &captured, &PyTuple_Type, &kinds, &look,
                          &otherwise, &owner))
        return NULL;
    if (PyTuple_GET_SIZE(places) != 9 || PyTuple_GET_SIZE(kinds) != 3)
        return PyErr_Format(PyExc_TypeError, "expected 9 addresses and 3 objects of NumPy's");
    for (k = 0; k < 9; k++)
        if (!(at[k] = PyLong_AsVoidPtr(PyTuple_GET_ITEM(places, k))) && PyErr_Occurred())
            return NULL;
    if (!type && !(type = (PyTypeObject *)PyType_FromSpec(&compiled_spec)))
        return NULL;
    if (!(c = (CompiledCall *)type->tp_alloc(type, 0)))
        return NULL;
    c->vectorcall = call_compiled;
    c->run = (void (*)(void *, void *))at[0];
    c->plan = at[1];
    c->words = at[2];
    c->slots = at[3];
    c->left = at[4];
    c->failures = at[5];
    c->rows = at[6];
    c->index_at = at[7];
    c->flag = at[8];
    c->given = given;
    c->otherwise = Py_NewRef(otherwise);
    c->captured = Py_NewRef(captured);
    c->copies = Py_NewRef(copies);
    c->look = Py_NewRef(look);
    c->kinds = Py_NewRef(kinds);
    c->owner = Py_NewRef(owner);
    c->arguments = sizes_in(arguments);
    c->results = c->arguments ? sizes_in(results) : NULL;
    if (!c->results)
        Py_CLEAR(c);
    return (PyObject *)c;
}
