/* backward(): the chain rule, node by node, as reverse.py defines it. */

static void give(PyObject *x, double gradient)
{
    NODE(x)->grad += gradient;
    NODE(x)->reached = 1;
}

/* Whether Python must be asked for a node's partials: a user's op, or a row that is not printed or has other inputs. */
static inline int needs_python(Node *n)
{
    const Row *row;
    if (!n->row)
        return 0;
    if (n->row == USERS)
        return 1;
    row = &rows[n->row];
    if (n->x && row->pattern == RULE)
        return !row->rule || row->arity != (n->y ? 2 : 1);
    if (row->pattern == ONES || row->pattern == EACH || !row->rule)
        return !row->rule;
    return row->pattern == RULE ? count_of(n) != row->arity : count_of(n) % 2 == 0;
}

/* Call the rule in Python, and convert what it returns as `partials_of` does, which reports what is wrong with it. */
static PyObject *python_partials(Node *n)
{
    Py_ssize_t k, count = count_of(n);
    PyObject *rule = NULL, *partials = NULL, *kind = NULL, *error = NULL, *trace = NULL;
    PyObject **given = PyMem_Calloc((size_t)count + 1, sizeof *given);
    if (!given)
        return PyErr_NoMemory();
    for (k = 0; k <= count; k++)
        if (!(given[k] = PyFloat_FromDouble(k < count ? number_in(input_at(n, k)) : n->data)))
            goto done;
    rule = n->row == USERS ? PyObject_GetAttrString(n->x, "partials") : (Py_INCREF(rules_in_python[n->row]), rules_in_python[n->row]);
    if (!rule)
        goto done;
    partials = PyObject_Vectorcall(rule, given, count + 1, NULL);
    if (partials && PyTuple_CheckExact(partials) && PyTuple_GET_SIZE(partials) == count) {
        for (k = 0; k < count; k++) {
            PyObject *d = PyTuple_GET_ITEM(partials, k);
            if (!PyFloat_CheckExact(d) && d != Py_False)
                break;
        }
        if (k == count)
            goto done;
    }
    if (!partials && !PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_ValueError))
        goto done;
    PyErr_Fetch(&kind, &error, &trace);
    Py_XDECREF(partials);
    partials = PyObject_CallOneArg(partials_of, (PyObject *)n);
    if (partials && kind) { /* the rule raised it, and what it returns is not the reason */
        PyErr_Restore(kind, error, trace);
        Py_CLEAR(partials);
    } else {
        Py_XDECREF(kind);
        Py_XDECREF(error);
        Py_XDECREF(trace);
    }
    if (partials && (!(PyList_CheckExact(partials) || PyTuple_CheckExact(partials)) || PySequence_Fast_GET_SIZE(partials) != count)) {
        PyErr_SetString(PyExc_TypeError, "partials must return one derivative for each input");
        Py_CLEAR(partials);
    }
done:
    for (k = 0; k <= count; k++)
        Py_XDECREF(given[k]);
    PyMem_Free(given);
    Py_XDECREF(rule);
    return partials;
}

static int pass_by_python(Node *n)
{
    Py_ssize_t k;
    PyObject *partials = python_partials(n);
    if (!partials)
        return -1;
    for (k = 0; k < PySequence_Fast_GET_SIZE(partials) && k < count_of(n); k++) {
        PyObject *d = PySequence_Fast_GET_ITEM(partials, k), *x = input_at(n, k);
        if (!PyFloat_CheckExact(x) && d != Py_False)
            give(x, n->grad * PyFloat_AsDouble(d));
    }
    Py_DECREF(partials);
    return PyErr_Occurred() ? -1 : 0;
}

/* Whether Python runs while a node passes its gradient on: then other threads may run, and anything may happen. */
static inline int runs_python(Node *n) { return needs_python(n) || rows[n->row].rule == 2; }

/* A printed rule of any number of inputs, which needs room to work in. */
static void pass_each(Node *n)
{
    double few[256], *room = few;
    const double g = n->grad;
    Py_ssize_t k, count = 0;
    PyObject *const *inputs = inputs_at(n, &count);
    const size_t wanted = (size_t)count * (3 + MOST_ARRAYS);
    if (wanted > 256 && !(room = PyMem_Malloc(wanted * sizeof *room))) {
        PyErr_NoMemory();
        failed = 1;
        return;
    }
    for (k = 0; k < count; k++)
        room[k] = number_in(inputs[k]);
    if (count)
        partials_of_any(n->row, room, count, n->data, room + count, room + 2 * count, room + 3 * count);
    for (k = 0; k < count; k++)
        if (room[2 * count + k] != 0.0 && !PyFloat_CheckExact(inputs[k]))
            give(inputs[k], g * room[count + k]);
    if (room != few)
        PyMem_Free(room);
}

static inline void pass(Node *n)
{
    double xs[3], d[3];
    PyObject *held[3];
    const double g = n->grad;
    const Row *row = &rows[n->row];
    Py_ssize_t k, count = row->arity;
    int passing;
    if (row->pattern == ONES) {
        for (k = 0, count = count_of(n); k < count; k++) {
            PyObject *x = input_at(n, k);
            if (!PyFloat_CheckExact(x))
                give(x, g * 1.0);
        }
    } else if (row->pattern == SWAPPED) {
        PyObject *const *left, *const *right, *last;
        const Py_ssize_t half = halves(n, &left, &right, &last);
        for (k = 0; k < half; k++)
            if (!PyFloat_CheckExact(left[k]))
                give(left[k], g * number_in(right[k]));
        for (k = 0; k < half; k++)
            if (!PyFloat_CheckExact(right[k]))
                give(right[k], g * number_in(left[k]));
        if (!PyFloat_CheckExact(last))
            give(last, g * 1.0);
    } else if (row->pattern == EACH)
        pass_each(n);
    else {
        PyObject *const *inputs = n->x ? &n->x : inputs_at(n, &count);
        for (k = 0; k < count; k++)
            xs[k] = number_in(inputs[k]);
        if (row->rule == 2) {
            for (k = 0; k < count; k++)
                held[k] = Py_NewRef(inputs[k]);
            inputs = held;
        }
        passing = partials_in_c(n->row, xs, n->data, d);
        for (k = 0; k < count; k++)
            if (passing >> k & 1 && !PyFloat_CheckExact(inputs[k]))
                give(inputs[k], g * d[k]);
        for (k = 0; inputs == held && k < count; k++)
            Py_DECREF(held[k]);
    }
}

/* Return 0, -1 with an error, or 1, with no gradient passed on, if Python would have to run and must not. */
static int sweep(Node *root, double gradient, int may_run_python)
{
    Order order;
    Path path;
    Py_ssize_t k;
    int status, in_c = 1;
    BEGIN(order);
    BEGIN(path);
    status = order_below(root, new_walk(), 0, NULL, &order, &path);
    END(path);
    for (k = 0; !status && k < order.count; k++) {
        Node *n = order.at[k];
        n->reached = 0;
        if (n->row)
            n->grad = 0.0;
        in_c = in_c && !runs_python(n);
    }
    if (!status && !in_c && !may_run_python)
        status = 1;
    if (!status) {
        if (!in_c)
            for (k = 0; k < order.count; k++) /* a rule in Python might cut the graph */
                Py_INCREF(order.at[k]);
        give((PyObject *)root, gradient);
        for (k = order.count; !status && k-- > 0;) {
            Node *n = order.at[k];
            if (!n->row || !n->reached)
                continue;
            if (in_c || !needs_python(n)) {
                failed = 0;
                pass(n);
                status = failed ? -1 : 0;
            } else
                status = pass_by_python(n);
        }
        if (!in_c)
            for (k = 0; k < order.count; k++)
                Py_DECREF(order.at[k]);
    }
    END(order);
    return status;
}
