/* The inputs of a node, and the order of a graph, as graph.py defines it. */

static inline int has_runs(Node *n) { return n->row == ROW_DOT && n->x && PyTuple_CheckExact(n->x); }

static Py_ssize_t count_of(Node *n)
{
    if (n->row == USERS)
        return PyTuple_GET_SIZE(n->y);
    if (has_runs(n))
        return 2 * PyTuple_GET_SIZE(n->x) + 1;
    if (n->x)
        return n->y ? 2 : 1;
    return n->y ? PyTuple_GET_SIZE(n->y) : 0;
}

/* The inputs, if they lie one after the other: only those of runs do not, for which it is NULL. */
static inline PyObject *const *inputs_at(Node *n, Py_ssize_t *count)
{
    if (n->x && n->row != USERS) {
        if (has_runs(n))
            return NULL;
        *count = n->y ? 2 : 1;
        return &n->x; /* and y behind it */
    }
    *count = n->y ? PyTuple_GET_SIZE(n->y) : 0;
    return *count ? &PyTuple_GET_ITEM(n->y, 0) : &n->x;
}

/* The inputs of a dot product: two halves of as many each, and the bias. Return how many. */
static Py_ssize_t halves(Node *n, PyObject *const **left, PyObject *const **right, PyObject **last)
{
    Py_ssize_t half, count;
    PyObject *const *inputs = inputs_at(n, &count);
    if (inputs) {
        half = count / 2;
        *left = inputs;
        *right = inputs + half;
        *last = inputs[2 * half];
    } else {
        half = PyTuple_GET_SIZE(n->x);
        *left = &PyTuple_GET_ITEM(n->x, 0);
        *right = &PyTuple_GET_ITEM(PyTuple_GET_ITEM(n->y, 0), 0);
        *last = PyTuple_GET_ITEM(n->y, 1);
    }
    return half;
}

/* Borrowed. */
static PyObject *input_at(Node *n, Py_ssize_t k)
{
    if (n->row == USERS || !n->x)
        return PyTuple_GET_ITEM(n->y, k);
    if (has_runs(n)) {
        Py_ssize_t half = PyTuple_GET_SIZE(n->x);
        if (k < half)
            return PyTuple_GET_ITEM(n->x, k);
        return k < 2 * half ? PyTuple_GET_ITEM(PyTuple_GET_ITEM(n->y, 0), k - half) : PyTuple_GET_ITEM(n->y, 1);
    }
    return k ? n->y : n->x;
}

static inline double number_in(PyObject *x) { return PyFloat_CheckExact(x) ? PyFloat_AS_DOUBLE(x) : NODE(x)->data; }

static PyObject *inputs_of(Node *n)
{
    Py_ssize_t k, count = count_of(n);
    PyObject *inputs;
    if (n->y && (n->row == USERS || !n->x)) {
        Py_INCREF(n->y);
        return n->y;
    }
    if (!(inputs = PyTuple_New(count)))
        return NULL;
    for (k = 0; k < count; k++) {
        PyObject *x = input_at(n, k);
        Py_INCREF(x);
        PyTuple_SET_ITEM(inputs, k, x);
    }
    return inputs;
}

static int are_operands(PyObject *inputs)
{
    Py_ssize_t k;
    if (!PyTuple_CheckExact(inputs)) {
        PyErr_Format(PyExc_TypeError, "inputs must be a tuple, got %.80s", Py_TYPE(inputs)->tp_name);
        return 0;
    }
    for (k = 0; k < PyTuple_GET_SIZE(inputs); k++) {
        PyObject *x = PyTuple_GET_ITEM(inputs, k);
        if (!PyFloat_CheckExact(x) && !IS_VALUE(x)) {
            PyErr_Format(PyExc_TypeError, "an input must be a Value or a float, got %.80s", Py_TYPE(x)->tp_name);
            return 0;
        }
    }
    return 1;
}

/* How an op and its inputs are kept: new references for x and y. */
static void kept(int row, PyObject *op, PyObject *inputs, PyObject **x, PyObject **y)
{
    Py_ssize_t count = PyTuple_GET_SIZE(inputs);
    *x = *y = NULL;
    if (row == USERS) {
        *x = op;
        *y = inputs;
    } else if (count == 1 || count == 2) {
        *x = PyTuple_GET_ITEM(inputs, 0);
        *y = count == 2 ? PyTuple_GET_ITEM(inputs, 1) : NULL;
    } else if (count)
        *y = inputs;
    Py_XINCREF(*x);
    Py_XINCREF(*y);
}

static void keep(Node *n, int row, PyObject *op, PyObject *inputs)
{
    PyObject *x = n->x, *y = n->y;
    kept(row, op, inputs, &n->x, &n->y);
    n->row = (uint16_t)row;
    if (is_cyclic(n))
        track(n);
    Py_XDECREF(x);
    Py_XDECREF(y);
}

static PyObject *op_of(Node *n) { return n->row == USERS ? n->x : n->row ? op_objects[n->row] : Py_None; }

/* The order: every node after its inputs, without recursion. */

typedef struct { Node *node; Py_ssize_t next; } Place;

/* What grows begins on the stack: most graphs are small. */
#define FEW 128
typedef struct { Node **at; Py_ssize_t count, room; Node *few[FEW]; } Order;
typedef struct { Place *at; Py_ssize_t count, room; Place few[FEW]; } Path;

#define BEGIN(list) ((list).at = (list).few, (list).count = 0, (list).room = FEW)
#define END(list) do { if ((list).at != (list).few) PyMem_Free((list).at); } while (0)

static int grow(void **at, void *few, Py_ssize_t *room, size_t size)
{
    size_t wanted = 2 * (size_t)*room;
    void *more = NULL;
    if (wanted <= PY_SSIZE_T_MAX / size)
        more = *at == few ? PyMem_Malloc(wanted * size) : PyMem_Realloc(*at, wanted * size);
    if (!more) {
        PyErr_NoMemory();
        return -1;
    }
    if (*at == few)
        memcpy(more, few, (size_t)*room * size);
    *at = more;
    *room = (Py_ssize_t)wanted;
    return 0;
}

static int append(Order *order, Node *n)
{
    if (order->count == order->room && grow((void **)&order->at, order->few, &order->room, sizeof *order->at))
        return -1;
    order->at[order->count++] = n;
    return 0;
}

static int enter(Path *path, Node *n)
{
    if (path->count == path->room && grow((void **)&path->at, path->few, &path->room, sizeof *path->at))
        return -1;
    path->at[path->count].node = n;
    path->at[path->count++].next = 0;
    return 0;
}

static uint32_t walk; /* the number of the last one */

static uint32_t new_walk(void)
{
    if (!++walk)
        walk = 1;
    return walk;
}

/* Whether the walk skips all that is below a node: 1, 0, or -1 with an error. */
static int ends(Node *n, PyObject *known)
{
    PyObject *id;
    int found;
    if (!known)
        return 0;
    if (!(id = PyLong_FromVoidPtr(n)))
        return -1;
    found = PyDict_CheckExact(known) ? PyDict_Contains(known, id) : PySet_Contains(known, id);
    Py_DECREF(id);
    return found;
}

/* Append the nodes below root that this walk has not met; without leaves for a sweep, which has no use for them. */
static int order_below(Node *root, uint32_t here, int leaves, PyObject *known, Order *order, Path *path)
{
    int end = 0;
    if (root->met == here)
        return 0;
    root->met = here;
    path->count = 0;
    if ((end = ends(root, known)))
        return end < 0 ? -1 : append(order, root);
    if (enter(path, root))
        return -1;
    while (path->count) {
        Place *place = &path->at[path->count - 1];
        Node *node = place->node;
        Py_ssize_t count, k = place->next;
        PyObject *const *inputs = inputs_at(node, &count), *const *right = NULL, *last = NULL;
        Py_ssize_t half = PY_SSIZE_T_MAX;
        if (!inputs) {
            half = halves(node, &inputs, &right, &last);
            count = 2 * half + 1;
        }
        for (; k < count; k++) {
            PyObject *x = k < half ? inputs[k] : k < 2 * half ? right[k - half] : last;
            Node *below = NODE(x);
            if (PyFloat_CheckExact(x) || below->met == here)
                continue;
            below->met = here;
            if ((below->x || below->y) && !(end = ends(below, known))) {
                place->next = k + 1;
                if (enter(path, below))
                    return -1;
                break;
            }
            if (end < 0 || (leaves && append(order, below)))
                return -1;
        }
        if (k == count) {
            if (append(order, node))
                return -1;
            path->count--;
        }
    }
    return 0;
}
