/* A node of the graph: how a Value is laid out, made and freed. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef _MSC_VER
#pragma STDC FP_CONTRACT OFF
#endif

/* The inputs of a node are in x and y: one or two of them as they are, else a tuple in y with x NULL. A row DOT of
   `dot_node` has its weights, a tuple, in x and (inputs, bias) in y, tuples that many nodes may share. An op that is
   not a row of the table stands in x, and its inputs, a tuple, in y. */
typedef struct {
    PyObject_HEAD
    double data, grad;
    PyObject *x, *y;
    uint64_t born;     /* the epoch it was made in */
    uint32_t met;      /* the last walk that met it */
    uint16_t row;      /* of the table; USERS for another op; 0 for a leaf */
    uint8_t reached;   /* whether the sweep has brought it a gradient */
    uint8_t flags;
} Node;

enum { LABELLED = 1, NOTED = 2, GONE = 4, CYCLIC = 8 };  /* flags: it has an entry in `labels`, in `births`; its number
                                                            was deleted; a cycle may run through it */
enum { USERS = 0xFFFF };
enum Pattern { RULE, ONES, SWAPPED, EACH };  /* of partials; all but RULE are for any number of inputs */

typedef struct {
    const char *name;
    int arity;         /* 0 for any number of inputs */
    int pattern;
    int value, rule;   /* whether C has its value, its partials: 2 if these ask Python for a number */
} Row;

static PyTypeObject *Value;
typedef struct { PyObject *of; Py_ssize_t most; } Entries; /* a dict by address, and how many it has held */
static Entries labels, births;
/* What Python gives us when the type is made. */
static PyObject *alive, *clock_, *empty;
static PyObject *watched, *operand, *number, *assigned, *text, *plain, *result_of, *partials_of, *tracing, *looked,
    *check_derivative, *acquire, *release_lock;
static PyObject *pure_init, *pure_backward, *pure_detach, *pure_bool, *pure_pow, *pure_comparisons[6];
static PyObject **op_objects, **forwards, **rules_in_python;

#define IS_VALUE(x) (Py_TYPE(x) == Value || (!PyLong_CheckExact(x) && PyType_IsSubtype(Py_TYPE(x), Value)))
#define NODE(x) ((Node *)(x))
#define IS_ALIVE() (PySet_GET_SIZE(alive) != 0)

/* The epoch: `modes.clock` holds it as an int, whose conversion is kept. */

static uint64_t now(void)
{
    static PyObject *last;
    static uint64_t value;
    PyObject *current = PyList_GET_SIZE(clock_) ? PyList_GET_ITEM(clock_, 0) : NULL;
    if (current && current != last) {
        uint64_t read = PyLong_AsUnsignedLongLong(current);
        if (read == (uint64_t)-1 && PyErr_Occurred())
            PyErr_Clear();
        Py_INCREF(current);
        Py_XSETREF(last, current);
        value = read;
    }
    return value;
}

/* Memory. Freed nodes wait in a list for their next use. */

#ifndef MOST_FREE
#define MOST_FREE 256
#endif
static Node *free_nodes, *pending;
static int free_count, freeing;

/* The bytes that the collector keeps before an object, all 0 for one that it does not walk. PyObject_GC_New would count
   every node towards Python's next collection, which walks all that the program has, and finds no node to free. */
static size_t header;

static Node *fresh(void)
{
    char *memory;
    if (!header)
        return PyObject_GC_New(Node, Value);
    if (!(memory = PyObject_Malloc(header + sizeof(Node))))
        return (Node *)PyErr_NoMemory();
    memset(memory, 0, header);
    return (Node *)PyObject_Init((PyObject *)(memory + header), Value);
}

/* Learn the header's size from Python, and check that the collector can track and untrack a node made this way. */
static int find_header(void)
{
    PyObject *sys = PyImport_ImportModule("sys"), *node = (PyObject *)PyObject_GC_New(Node, Value), *size = NULL;
    size_t found = 0;
    Node *trial;
    if (node)
        memset((char *)node + sizeof(PyObject), 0, sizeof(Node) - sizeof(PyObject));
    if (sys && node)
        size = PyObject_CallMethod(sys, "getsizeof", "O", node);
    if (size)
        found = PyLong_AsSize_t(size) - sizeof(Node);
    Py_XDECREF(sys);
    Py_XDECREF(size);
    Py_XDECREF(node);
    if (PyErr_Occurred())
        return -1;
    if (found != 2 * sizeof(void *)) /* not one of the Pythons we know */
        return 0;
    header = found;
    if (!(trial = fresh()))
        return -1;
    memset((char *)trial + sizeof(PyObject), 0, sizeof(Node) - sizeof(PyObject));
    if (PyObject_GC_IsTracked((PyObject *)trial))
        header = 0;
    PyObject_GC_Track(trial);
    PyObject_GC_UnTrack(trial);
    Py_DECREF(trial);
    return 0;
}

static Node *allocate(void)
{
    Node *n = free_nodes;
    if (n) {
        free_nodes = (Node *)n->x;
        free_count--;
        _Py_NewReference((PyObject *)n);
    } else if (!(n = fresh()))
        return NULL;
    n->data = n->grad = 0.0;
    n->x = n->y = NULL;
    n->born = now();
    n->met = 0;
    n->row = 0;
    n->reached = n->flags = 0;
    return n;
}

static int others_may_cycle(PyObject *x);

static inline int may_cycle(PyObject *x)
{
    return Py_TYPE(x) == Value ? NODE(x)->flags & CYCLIC : !PyFloat_CheckExact(x) && others_may_cycle(x);
}

static int others_may_cycle(PyObject *x)
{
    Py_ssize_t k, count = PyTuple_CheckExact(x) ? PyTuple_GET_SIZE(x) : 0;
    for (k = 0; k < count; k++)
        if (may_cycle(PyTuple_GET_ITEM(x, k)))
            return 1;
    return !PyTuple_CheckExact(x);
}

/* Plain Values and rows of the table make no cycles, so Python's collector need not walk them. */
static inline int is_cyclic(Node *n)
{
    return n->row == USERS || (n->x && may_cycle(n->x)) || (n->y && may_cycle(n->y));
}

static void track(Node *n)
{
    n->flags |= CYCLIC;
    if (!PyObject_GC_IsTracked((PyObject *)n))
        PyObject_GC_Track(n);
}

/* The node of one recorded operation; `cyclic` is 1 or 0, or -1 where it is not known. Steals x and y, maybe NULL. */
static PyObject *recorded_as(double data, int row, PyObject *x, PyObject *y, int cyclic)
{
    Node *n = allocate();
    if (!n) {
        Py_XDECREF(x);
        Py_XDECREF(y);
        return NULL;
    }
    n->data = data;
    n->row = (uint16_t)row;
    n->x = x;
    n->y = y;
    if (cyclic < 0 ? is_cyclic(n) : cyclic)
        track(n);
    if (IS_ALIVE()) {
        PyObject *result = PyObject_CallOneArg(watched, (PyObject *)n);
        Py_DECREF(n);
        return result;
    }
    return (PyObject *)n;
}

static PyObject *recorded(double data, int row, PyObject *x, PyObject *y) { return recorded_as(data, row, x, y, -1); }

/* Entries of a node in `labels` and `births`, by its address. */

/* A dict keeps room for what it has lost: without this, a large graph's labels would leave their empty places. */
static int shrink(Entries *entries)
{
    Py_ssize_t count = PyDict_GET_SIZE(entries->of);
    PyObject *copy;
    entries->most = count > entries->most ? count : entries->most;
    if (entries->most < 1024 || count > entries->most / 8)
        return 0;
    if (!(copy = PyDict_New()) || PyDict_Update(copy, entries->of)) {
        Py_XDECREF(copy);
        return -1;
    }
    entries->most = count;
    Py_SETREF(entries->of, copy);
    return 0;
}

static int set_entry(Node *n, Entries *entries, int flag, PyObject *x)
{
    PyObject *key;
    int status;
    if (!x && !(n->flags & flag))
        return 0;
    if (!(key = PyLong_FromVoidPtr(n)))
        return -1;
    status = x ? PyDict_SetItem(entries->of, key, x) : PyDict_DelItem(entries->of, key);
    Py_DECREF(key);
    if (!status)
        n->flags = (uint8_t)(x ? n->flags | flag : n->flags & ~flag);
    return status || shrink(entries) ? -1 : 0;
}

static PyObject *entry(Node *n, Entries *entries)
{
    PyObject *key = PyLong_FromVoidPtr(n), *x = key ? PyDict_GetItemWithError(entries->of, key) : NULL;
    Py_XDECREF(key);
    Py_XINCREF(x);
    if (!x && !PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "a Value has lost its label");
    return x;
}

static void release(Node *n, PyObject *x, PyObject *y)
{
    PyTypeObject *type = Py_TYPE(n);
    if (n->flags & (LABELLED | NOTED)) {
        PyObject *kind, *error, *trace;
        PyErr_Fetch(&kind, &error, &trace);
        if (set_entry(n, &labels, LABELLED, NULL) || set_entry(n, &births, NOTED, NULL))
            PyErr_WriteUnraisable(NULL);
        PyErr_Restore(kind, error, trace);
    }
    if (type == Value && free_count < MOST_FREE) { /* it keeps its reference to the type */
        n->x = (PyObject *)free_nodes;
        free_nodes = n;
        free_count++;
    } else {
        if (type == Value && header)
            PyObject_Free((char *)n - header);
        else
            PyObject_GC_Del(n);
        Py_DECREF(type);
    }
    Py_XDECREF(x); /* a Value without other references goes to wait in `pending` */
    Py_XDECREF(y);
}

/* Free without recursion: nodes that lost their last holder wait their turn, linked by `grad`'s eight bytes. */
static void value_dealloc(Node *n)
{
    PyObject_GC_UnTrack(n);
    if (freeing) {
        memcpy(&n->grad, &pending, sizeof pending);
        pending = n;
        return;
    }
    freeing = 1;
    release(n, n->x, n->y);
    while (pending) {
        Node *next = pending;
        memcpy(&pending, &next->grad, sizeof pending);
        release(next, next->x, next->y);
    }
    freeing = 0;
}

static int value_traverse(Node *n, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(n));
    Py_VISIT(n->x);
    Py_VISIT(n->y);
    return 0;
}

static int value_clear(Node *n)
{
    n->row = 0;
    Py_CLEAR(n->x);
    Py_CLEAR(n->y);
    return 0;
}
