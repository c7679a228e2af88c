/* The constructor and the attributes of a Value, with the errors of the pure one. */

static PyObject *value_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    Node *n;
    if (type == Value)
        return (PyObject *)allocate();
    if ((n = (Node *)type->tp_alloc(type, 0)))
        n->born = now();
    return (PyObject *)n;
}

/* Python's error for a property that cannot be set or deleted. */
static int refuse(Node *n, const char *name, const char *what)
{
    PyErr_Format(PyExc_AttributeError, "property '%s' of '%.100s' object has no %s", name, Py_TYPE(n)->tp_name, what);
    return -1;
}

static int set_label(Node *n, PyObject *label, void *closure)
{
    PyObject *converted;
    int status;
    if (!label)
        return refuse(n, "label", "deleter");
    if (!(converted = PyUnicode_CheckExact(label) ? (Py_INCREF(label), label) : PyObject_CallOneArg(text, label)))
        return -1;
    status = set_entry(n, &labels, LABELLED, PyUnicode_Check(converted) && !PyUnicode_GET_LENGTH(converted) ? NULL : converted);
    Py_DECREF(converted);
    return status;
}

static PyObject *get_label(Node *n, void *closure)
{
    if (n->flags & LABELLED)
        return entry(n, &labels);
    Py_INCREF(empty);
    return empty;
}

static int to_double(PyObject *x, double *out)
{
    PyObject *converted;
    if (PyFloat_CheckExact(x)) {
        *out = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    if (!(converted = PyObject_CallOneArg(number, x)))
        return -1;
    *out = PyFloat_AsDouble(converted);
    Py_DECREF(converted);
    return *out == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static int begin(Node *n, PyObject *data, PyObject *label)
{
    PyObject *x = n->x, *y = n->y;
    double converted;
    if (to_double(data, &converted))
        return -1;
    n->data = converted;
    n->grad = 0.0;
    n->born = now();
    n->flags &= (uint8_t)~GONE;
    n->row = 0;
    n->x = n->y = NULL;
    Py_XDECREF(x);
    Py_XDECREF(y);
    return set_entry(n, &births, NOTED, NULL) || set_label(n, label ? label : empty, NULL) ? -1 : 0;
}

static int value_init(Node *n, PyObject *args, PyObject *keywords)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args), k;
    PyObject *all, *result;
    if ((!keywords || !PyDict_GET_SIZE(keywords)) && (count == 1 || count == 2))
        return begin(n, PyTuple_GET_ITEM(args, 0), count == 2 ? PyTuple_GET_ITEM(args, 1) : NULL);
    if (!(all = PyTuple_New(count + 1)))
        return -1;
    for (k = 0; k <= count; k++) {
        PyObject *x = k ? PyTuple_GET_ITEM(args, k - 1) : (PyObject *)n;
        Py_INCREF(x);
        PyTuple_SET_ITEM(all, k, x);
    }
    result = PyObject_Call(pure_init, all, keywords); /* it sets the attributes, or says what is wrong */
    Py_DECREF(all);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* Value(data, label) without a tuple of arguments. */
static PyObject *value_vectorcall(PyObject *type, PyObject *const *args, size_t flags, PyObject *names)
{
    Py_ssize_t k, count = PyVectorcall_NARGS(flags), named = names ? PyTuple_GET_SIZE(names) : 0;
    PyObject *positional = NULL, *keywords = NULL, *made = value_new((PyTypeObject *)type, NULL, NULL);
    int status = -1;
    if (!made)
        return NULL;
    if (!named && (count == 1 || count == 2))
        status = begin(NODE(made), args[0], count == 2 ? args[1] : NULL);
    else if ((positional = PyTuple_New(count)) && (!named || (keywords = PyDict_New()))) {
        for (k = 0; k < count; k++) {
            Py_INCREF(args[k]);
            PyTuple_SET_ITEM(positional, k, args[k]);
        }
        for (k = 0, status = 0; k < named && !status; k++)
            status = PyDict_SetItem(keywords, PyTuple_GET_ITEM(names, k), args[count + k]);
        if (!status)
            status = value_init(NODE(made), positional, keywords);
    }
    Py_XDECREF(positional);
    Py_XDECREF(keywords);
    if (status)
        Py_CLEAR(made);
    return made;
}

/* Attributes. */

static PyObject *get_number(Node *n, void *closure)
{
    if (n->flags & GONE) {
        PyErr_SetString(PyExc_AttributeError, "'Value' object has no attribute '_data'");
        return NULL;
    }
    return PyFloat_FromDouble(n->data);
}

static int set_number(Node *n, PyObject *x, void *closure)
{
    if (!x) {
        n->flags |= GONE;
        return 0;
    }
    if (to_double(x, &n->data))
        return -1;
    n->flags &= (uint8_t)~GONE;
    return 0;
}

static PyObject *get_data(Node *n, void *closure)
{
    if (IS_ALIVE()) {
        PyObject *done = PyObject_CallOneArg(looked, (PyObject *)n);
        Py_XDECREF(done);
        if (!done)
            return NULL;
    }
    if (n->flags & GONE)
        return PyObject_GetAttrString((PyObject *)n, "_data");
    return PyFloat_FromDouble(n->data);
}

/* Convert an assigned number, or raise an error and change nothing. */
static int assign(double *to, const char *name, PyObject *x)
{
    PyObject *converted = PyFloat_CheckExact(x) ? (Py_INCREF(x), x) : PyObject_CallFunction(assigned, "sO", name, x);
    double number_ = converted ? PyFloat_AsDouble(converted) : -1.0;
    Py_XDECREF(converted);
    if (number_ == -1.0 && PyErr_Occurred())
        return -1;
    *to = number_;
    return 0;
}

static int set_data(Node *n, PyObject *x, void *closure)
{
    if (!x)
        return refuse(n, "data", "deleter");
    if (assign(&n->data, "data", x))
        return -1;
    n->flags &= (uint8_t)~GONE;
    return 0;
}

static PyObject *get_grad(Node *n, void *closure) { return PyFloat_FromDouble(n->grad); }

static int set_grad(Node *n, PyObject *x, void *closure)
{
    return x ? assign(&n->grad, "grad", x) : refuse(n, "grad", "deleter");
}

static PyObject *get_op(Node *n, void *closure)
{
    PyObject *op = op_of(n);
    Py_INCREF(op);
    return op;
}

static int set_op(Node *n, PyObject *op, void *closure)
{
    PyObject *inputs = inputs_of(n);
    if (!inputs)
        return -1;
    keep(n, row_of(op ? op : Py_None), op, inputs);
    Py_DECREF(inputs);
    return 0;
}

static PyObject *get_inputs(Node *n, void *closure) { return inputs_of(n); }

static int refuse_inputs(Node *n, PyObject *x, void *closure) { return refuse(n, "inputs", x ? "setter" : "deleter"); }

static int set_inputs(Node *n, PyObject *inputs, void *closure)
{
    PyObject *op;
    if (!inputs) {
        PyErr_SetString(PyExc_AttributeError, "inputs cannot be deleted");
        return -1;
    }
    if (!are_operands(inputs))
        return -1;
    op = op_of(n);
    Py_INCREF(op);
    keep(n, row_of(op), op, inputs);
    Py_DECREF(op);
    return 0;
}

static PyObject *get_born(Node *n, void *closure)
{
    return n->flags & NOTED ? entry(n, &births) : PyLong_FromUnsignedLongLong(n->born);
}

static int set_born(Node *n, PyObject *x, void *closure)
{
    uint64_t born;
    if (!x || !PyLong_Check(x)) {
        PyErr_SetString(PyExc_TypeError, "an epoch is an int");
        return -1;
    }
    born = PyLong_AsUnsignedLongLong(x);
    if (born == (uint64_t)-1 && PyErr_Occurred())
        return -1;
    n->born = born;
    return set_entry(n, &births, NOTED, PyLong_CheckExact(x) ? NULL : x);
}
