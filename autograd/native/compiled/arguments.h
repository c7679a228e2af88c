/* The arguments of a compiled call: taken apart as their description says, and their numbers written into slots. */

#include <structmember.h>

/* What a compiled function is, for one structure of its arguments. Its machine code is `run`; it reads and writes
   `slots`, and `words` tell it which rows of which arrays it runs on. All addresses are those of `owner`'s memory. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *otherwise;             /* called with whatever is not exactly as described */
    PyObject *captured;              /* Values, whose numbers follow those of the arguments */
    PyObject *copies;                /* a function for each array among the results, which returns it */
    PyObject *look;                  /* raises what an op in Python raised */
    PyObject *kinds;                 /* NumPy's ndarray, dtype of float64, and type of a number of it */
    PyObject *owner, *index;         /* what the code and its tables need: both stay alive */
    void (*run)(void *, void *);
    void *plan;
    int64_t *words, *rows, *index_at, *flag; /* of the call */
    double *slots;
    int64_t *left;                   /* how many calls are left until other code is to be made, NULL for ever */
    int64_t *failures;               /* how often an op in Python has raised, NULL where the code calls none */
    Py_ssize_t *arguments, *results; /* their descriptions */
    Py_ssize_t given;                /* how many arguments */
    char busy;                       /* whether what is in the slots belongs to a call that is under way */
} CompiledCall;

/* A description names the parts in order, each with its sizes: NUMBER; ARRAY, rank, shape; ROWS_OF, word, rank, shape
   with -1 for the rows; LIST or TUPLE, length, parts. In results: NUMBER, slot; ARRAY, its place in `copies`. */
enum Kind { NUMBER, ARRAY, ROWS_OF, LIST, TUPLE };

#define IS_NUMPYS(c, x, k) ((PyObject *)Py_TYPE(x) == PyTuple_GET_ITEM((c)->kinds, k))

/* Where the numbers of an array of float64 of this shape lie, one after the other; NULL for anything else. */
static void *numbers_of(CompiledCall *c, PyObject *x, const Py_ssize_t *shape, Py_ssize_t rank)
{
    static PyObject *name;
    PyObject *dtype;
    Py_buffer view;
    Py_ssize_t k = 0;
    void *found = NULL;
    if (!IS_NUMPYS(c, x, 0) || (!name && !(name = PyUnicode_InternFromString("dtype"))))
        return NULL;
    if (!(dtype = PyObject_GetAttr(x, name)))
        return NULL;
    Py_DECREF(dtype); /* the array has it */
    if (dtype != PyTuple_GET_ITEM(c->kinds, 1) || PyObject_GetBuffer(x, &view, PyBUF_ND))
        return NULL;
    if (view.ndim == rank && (size_t)view.buf % sizeof(double) == 0) {
        while (k < rank && view.shape[k] == (shape[k] < 0 ? *c->rows : shape[k]))
            k++;
        found = k == rank ? view.buf : NULL;
    }
    PyBuffer_Release(&view); /* who calls has the array, and nothing runs that could change it */
    return found;
}

/* Write the numbers of an argument, or of a part of one, to `to`; return 0 if it is not as described. */
static int take_part(CompiledCall *c, const Py_ssize_t **description, PyObject *x, double **to)
{
    const Py_ssize_t *at = *description;
    Py_ssize_t k, length = 1;
    void *from;
    switch (*at++) {
    case NUMBER:
        if (PyFloat_CheckExact(x) || IS_NUMPYS(c, x, 2))
            **to = PyFloat_AS_DOUBLE(x);
        else if (!PyLong_CheckExact(x) || ((**to = PyLong_AsDouble(x)) == -1.0 && PyErr_Occurred()))
            return 0;
        ++*to;
        break;
    case ARRAY:
        if (!(from = numbers_of(c, x, at + 1, *at)))
            return 0;
        for (k = *at++; k; k--)
            length *= *at++;
        memcpy(*to, from, (size_t)length * sizeof(double));
        *to += length;
        break;
    case ROWS_OF:
        if (!(from = numbers_of(c, x, at + 2, at[1])))
            return 0;
        c->words[*at] = (int64_t)(size_t)from;
        at += 2 + at[1];
        break;
    default:
        k = at[-1] == LIST ? (PyList_CheckExact(x) ? PyList_GET_SIZE(x) : -1) : PyTuple_CheckExact(x) ? PyTuple_GET_SIZE(x) : -1;
        length = *at++;
        if (k != length)
            return 0;
        *description = at;
        for (k = 0; k < length; k++)
            if (!take_part(c, description, PyList_CheckExact(x) ? PyList_GET_ITEM(x, k) : PyTuple_GET_ITEM(x, k), to))
                return 0;
        return 1;
    }
    *description = at;
    return 1;
}

/* Fill the slots; return 0 if anything is not as described, or if this is not the time. No code of Python's runs. */
static int take_arguments(CompiledCall *c, PyObject *const *args)
{
    const Py_ssize_t *description = c->arguments;
    double *to = c->slots;
    Py_ssize_t k;
    if (c->busy || (c->left && *c->left <= 1))
        return 0;
    for (k = 0; k < c->given; k++)
        if (!take_part(c, &description, args[k], &to)) {
            PyErr_Clear(); /* the general way has its own errors */
            return 0;
        }
    for (k = 0; k < PyTuple_GET_SIZE(c->captured); k++) {
        PyObject *value = PyTuple_GET_ITEM(c->captured, k);
        if (Py_TYPE(value) != Value || NODE(value)->flags & GONE)
            return 0;
        *to++ = NODE(value)->data;
    }
    if (c->left)
        --*c->left;
    return 1;
}
