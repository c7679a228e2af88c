/* Value in C: what value.py, graph.py and reverse.py define, with the same bits. Derivatives are in rules.h alone. */

#include "node.h"

/* --- the table --- */

static double divide(double x, double y) { return y == 0.0 ? x * copysign(INFINITY, y) : x / y; }
static double larger(double x, double y) { return y > x ? y : x; }
static double smaller(double x, double y) { return y < x ? y : x; }
static double maximum(double x, double y) { return x != x || y != y ? NAN : larger(x, y); }
static double minimum(double x, double y) { return x != x || y != y ? NAN : smaller(x, y); }
static double (*volatile c_pow)(double, double) = pow; /* a compiler may turn pow(x, 2.0) into x * x: another double */
static double power(double x, double y) { return c_pow(x, y); }

static int failed; /* whether the sweep in progress has met an error */

/* The value of a row that C cannot compute; NaN, and an error is set, if Python raises. */
static double by_python(int row, int count, double x, double y)
{
    PyObject *given[2] = {NULL, NULL}, *result = NULL;
    double z = NAN;
    if (PyErr_Occurred())
        return NAN;
    given[0] = PyFloat_FromDouble(x);
    given[1] = PyFloat_FromDouble(y);
    if (given[0] && given[1])
        result = PyObject_Vectorcall(forwards[row], given, count, NULL);
    if (result)
        z = PyFloat_AsDouble(result);
    failed = PyErr_Occurred() != NULL;
    Py_XDECREF(given[0]);
    Py_XDECREF(given[1]);
    Py_XDECREF(result);
    return z;
}

static PyObject *unary(PyObject *v, int row);
static double sum_of(const double *xs, Py_ssize_t count);

#include "rules.h"

/* The row of an op: a hash table of addresses. */

#define PLACES 512
static struct { PyObject *op; int row; } places[PLACES];

static int row_of(PyObject *op)
{
    size_t k;
    if (op == Py_None)
        return 0;
    for (k = ((size_t)op >> 4) % PLACES; places[k].op; k = (k + 1) % PLACES)
        if (places[k].op == op)
            return places[k].row;
    return USERS;
}

/* --- the engine --- */

#include "graph.h"
#include "sweep.h"
#include "operators.h"
#include "apply.h"
#include "attributes.h"
#include "methods.h"
#include "compiled/call.h"
#include "compiled/caller.h"

/* --- the module --- */

static int take(PyObject *from, const char *name, PyObject **to)
{
    *to = PyObject_GetAttrString(from, name);
    return *to ? 0 : -1;
}

static int take_rows(PyObject *table)
{
    Py_ssize_t k;
    op_objects = PyMem_Calloc(ROWS, sizeof *op_objects);
    forwards = PyMem_Calloc(ROWS, sizeof *forwards);
    rules_in_python = PyMem_Calloc(ROWS, sizeof *rules_in_python);
    if (!op_objects || !forwards || !rules_in_python) {
        PyErr_NoMemory();
        return -1;
    }
    for (k = 1; k < ROWS; k++) {
        PyObject *op = PyTuple_GET_ITEM(table, k - 1);
        size_t place = ((size_t)op >> 4) % PLACES;
        Py_INCREF(op);
        op_objects[k] = op;
        if (take(op, "forward", &forwards[k]) || take(op, "partials", &rules_in_python[k]))
            return -1;
        while (places[place].op)
            place = (place + 1) % PLACES;
        places[place].op = op;
        places[place].row = (int)k;
    }
    return 0;
}

/* made(): whether this process has the type already. */
static PyObject *made(PyObject *module, PyObject *none) { return PyBool_FromLong(Value != NULL); }

/* make(pure, bases, table, hooks): the type, which calls what `hooks` has and what the pure type does. */
static PyObject *make(PyObject *module, PyObject *args)
{
    static const char *comparisons[6] = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"};
    PyObject *pure, *bases, *table, *from;
    int k;
    if (Value) {
        PyErr_SetString(PyExc_RuntimeError, "the type is made once");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OO!O!O", &pure, &PyTuple_Type, &bases, &PyTuple_Type, &table, &from))
        return NULL;
    if (PyTuple_GET_SIZE(table) != ROWS - 1) {
        PyErr_Format(PyExc_ImportError, "made for %d rows, not %zd", ROWS - 1, PyTuple_GET_SIZE(table));
        return NULL;
    }
    if (take(from, "alive", &alive) || take(from, "clock", &clock_) || take(from, "watched", &watched) ||
        take(from, "operand", &operand) || take(from, "number", &number) || take(from, "assigned", &assigned) ||
        take(from, "text", &text) || take(from, "plain", &plain) || take(from, "result_of", &result_of) ||
        take(from, "partials_of", &partials_of) || take(from, "tracing", &tracing) || take(from, "looked", &looked) ||
        take(from, "check_derivative", &check_derivative) || take(from, "acquire", &acquire) ||
        take(from, "release", &release_lock) || take(pure, "__init__", &pure_init) ||
        take(pure, "backward", &pure_backward) || take(pure, "detach", &pure_detach) || take(pure, "__bool__", &pure_bool) ||
        take(pure, "__pow__", &pure_pow))
        return NULL;
    if (!PyAnySet_CheckExact(alive) || !PyList_CheckExact(clock_)) {
        PyErr_SetString(PyExc_ImportError, "modes.alive is a set and modes.clock a list");
        return NULL;
    }
    for (k = 0; k < 6; k++)
        if (take(pure, comparisons[k], &pure_comparisons[k]))
            return NULL;
    if (take_rows(table))
        return NULL;
    if (!(labels.of = PyDict_New()) || !(births.of = PyDict_New()) || !(empty = PyUnicode_InternFromString("")))
        return NULL;
    if (!make_type(pure, bases) || find_header())
        return NULL;
    return (PyObject *)Value;
}

/* order_of(roots, known): as graph.py defines it. `known` is a set or dict of ids, so no Python code runs inside. */
static PyObject *order_of(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Order order;
    Path path;
    PyObject *roots, *nodes = NULL, *known = given > 1 ? args[1] : NULL;
    Py_ssize_t k;
    uint32_t here;
    BEGIN(order);
    BEGIN(path);
    if (given < 1 || given > 2 || !(roots = PySequence_Fast(args[0], "expected the roots of a graph")))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "order_of() takes roots and known");
    if (known && !PyAnySet_CheckExact(known) && !PyDict_CheckExact(known)) {
        PyErr_Format(PyExc_TypeError, "known must be a set or a dict, got %.80s", Py_TYPE(known)->tp_name);
        goto done;
    }
    for (k = 0; k < PySequence_Fast_GET_SIZE(roots); k++)
        if (!IS_VALUE(PySequence_Fast_GET_ITEM(roots, k))) {
            PyErr_Format(PyExc_TypeError, "expected Values, got %.80s", Py_TYPE(PySequence_Fast_GET_ITEM(roots, k))->tp_name);
            goto done;
        }
    here = new_walk();
    for (k = 0; k < PySequence_Fast_GET_SIZE(roots); k++)
        if (order_below(NODE(PySequence_Fast_GET_ITEM(roots, k)), here, 1, known, &order, &path))
            goto done;
    for (k = 0; k < order.count; k++) /* making a list may run the collector, which may run any code */
        Py_INCREF(order.at[k]);
    if ((nodes = PyList_New(order.count)))
        for (k = 0; k < order.count; k++)
            PyList_SET_ITEM(nodes, k, (PyObject *)order.at[k]);
    else
        for (k = 0; k < order.count; k++)
            Py_DECREF(order.at[k]);
done:
    Py_DECREF(roots);
    END(order);
    END(path);
    return nodes;
}

/* For tests: what the printed table says of (row, *numbers), or None where Python is asked. */

static double *numbers_given(PyObject *const *args, Py_ssize_t given, int *row)
{
    double *xs = PyMem_Calloc((size_t)given * (3 + MOST_ARRAYS) + 4, sizeof *xs);
    Py_ssize_t k;
    *row = given ? (int)PyLong_AsLong(args[0]) : 0;
    for (k = 1; xs && k < given; k++)
        xs[k - 1] = PyFloat_AsDouble(args[k]);
    if (!xs)
        PyErr_NoMemory();
    if (*row < 1 || *row >= ROWS || PyErr_Occurred()) {
        PyMem_Free(xs);
        return NULL;
    }
    return xs;
}

static PyObject *printed_value(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    int row, arity;
    double *xs = numbers_given(args, given, &row);
    PyObject *result = NULL;
    if (!xs)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    arity = rows[row].arity;
    if (!rows[row].value || (arity ? given != arity + 1 : given < 2))
        result = Py_NewRef(Py_None);
    else
        result = PyFloat_FromDouble(arity ? value_of(row, xs) : value_of_any(row, xs, given - 1));
    PyMem_Free(xs);
    return result;
}

static PyObject *printed_partials(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    int row, passing = 0;
    double *xs = numbers_given(args, given, &row), *d, *g;
    const Py_ssize_t count = given - 2;
    Py_ssize_t k;
    PyObject *result = NULL;
    if (!xs)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    d = xs + given;
    g = d + given;
    if (!rows[row].rule || count < 1 || (rows[row].pattern == RULE ? count != rows[row].arity : rows[row].pattern != EACH)) {
        PyMem_Free(xs);
        Py_RETURN_NONE;
    }
    if (rows[row].pattern == RULE)
        passing = partials_in_c(row, xs, xs[count], d);
    else
        partials_of_any(row, xs, count, xs[count], d, g, g + given);
    if (!PyErr_Occurred() && (result = PyTuple_New(count)))
        for (k = 0; k < count; k++) {
            int passes = rows[row].pattern == RULE ? passing >> k & 1 : g[k] != 0.0;
            PyObject *x = passes ? PyFloat_FromDouble(d[k]) : PyBool_FromLong(0);
            if (!x) {
                Py_CLEAR(result);
                break;
            }
            PyTuple_SET_ITEM(result, k, x);
        }
    PyMem_Free(xs);
    return result;
}

static PyObject *describe(PyObject *module, PyObject *args);

static PyMethodDef functions[] = {
    {"describe", describe, METH_VARARGS, NULL},
    {"made", made, METH_NOARGS, NULL},
    {"make", make, METH_VARARGS, NULL},
    {"_node", (PyCFunction)(void (*)(void))node_function, METH_FASTCALL, NULL},
    {"apply", (PyCFunction)(void (*)(void))apply_function, METH_FASTCALL, NULL},
    {"_of_one", (PyCFunction)(void (*)(void))of_one, METH_FASTCALL, NULL},
    {"data_of", data_of, METH_O, NULL},
    {"operands_of", operands_of, METH_O, NULL},
    {"dot_node", (PyCFunction)(void (*)(void))dot_node, METH_FASTCALL, NULL},
    {"order_of", (PyCFunction)(void (*)(void))order_of, METH_FASTCALL, NULL},
    {"compiled_call", compiled_call, METH_VARARGS, NULL},
    {"caller", caller, METH_VARARGS, NULL},
    {"printed_value", (PyCFunction)(void (*)(void))printed_value, METH_FASTCALL, NULL},
    {"printed_partials", (PyCFunction)(void (*)(void))printed_partials, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL}};

/* describe(name, doc): what help() shows of a function is what the pure one says. */
static PyObject *describe(PyObject *module, PyObject *args)
{
    const char *name, *utf8;
    PyObject *doc;
    PyMethodDef *function = functions;
    if (!PyArg_ParseTuple(args, "sU", &name, &doc) || !(utf8 = PyUnicode_AsUTF8(doc)))
        return NULL;
    for (; function->ml_name; function++)
        if (!strcmp(function->ml_name, name)) {
            Py_INCREF(doc); /* kept for good */
            function->ml_doc = utf8;
        }
    Py_RETURN_NONE;
}

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "autograd.native._core", "The native core.", -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void)
{
    PyObject *module = PyModule_Create(&definition), *digest = PyLong_FromUnsignedLong(RULES_DIGEST);
    int status = !module || !digest || PyModule_AddObjectRef(module, "digest", digest);
    Py_XDECREF(digest);
    if (status)
        Py_CLEAR(module);
    return module;
}
