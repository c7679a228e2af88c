/* What is written with Values: operators, comparisons, functions of one number, and `apply`. */

/* The number of a Value, or an error that its class raises when it has been deleted. */
static int read_number(PyObject *v, double *out)
{
    if (NODE(v)->flags & GONE) {
        PyObject *x = PyObject_GetAttrString(v, "_data");
        Py_XDECREF(x);
        if (x)
            PyErr_SetString(PyExc_AttributeError, "_data");
        return -1;
    }
    *out = NODE(v)->data;
    return 0;
}

/* A new reference to the other operand as a float object, to NotImplemented, or NULL. */
static PyObject *as_operand(PyObject *x, double *out)
{
    PyObject *converted;
    if (PyFloat_CheckExact(x)) {
        *out = PyFloat_AS_DOUBLE(x);
        Py_INCREF(x);
        return x;
    }
    if (PyLong_CheckExact(x)) {
        *out = PyLong_AsDouble(x);
        return *out == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(*out);
    }
    converted = PyObject_CallOneArg(operand, x);
    if (converted && PyFloat_CheckExact(converted))
        *out = PyFloat_AS_DOUBLE(converted);
    return converted;
}

static PyObject *binary(PyObject *a, PyObject *b, int row, int row_by_number)
{
    double xs[2] = {0.0, 0.0}, z;
    PyObject *x = a, *y = b;
    if (PyFloat_CheckExact(a) || !IS_VALUE(a)) { /* then b is a Value: one of them is */
        x = as_operand(a, &xs[0]);
        if (!x || !PyFloat_CheckExact(x))
            return x;
        if (read_number(b, &xs[1])) {
            Py_DECREF(x);
            return NULL;
        }
        Py_INCREF(b);
    } else {
        if (read_number(a, &xs[0]))
            return NULL;
        if (PyFloat_CheckExact(b) || !IS_VALUE(b)) {
            y = as_operand(b, &xs[1]);
            if (!y || !PyFloat_CheckExact(y))
                return y;
            row = row_by_number;
        } else {
            if (read_number(b, &xs[1]))
                return NULL;
            Py_INCREF(b);
        }
        Py_INCREF(a);
    }
    z = value_of(row, xs);
    return recorded(z, row, x, y);
}

static PyObject *add(PyObject *a, PyObject *b) { return binary(a, b, ROW_ADD, ROW_ADD); }
static PyObject *subtract(PyObject *a, PyObject *b) { return binary(a, b, ROW_SUB, ROW_SUB); }
static PyObject *multiply(PyObject *a, PyObject *b) { return binary(a, b, ROW_MUL, ROW_MUL); }
static PyObject *true_divide(PyObject *a, PyObject *b) { return binary(a, b, ROW_DIV, ROW_DIV); }

static PyObject *raise_to(PyObject *a, PyObject *b, PyObject *modulus)
{
    if (modulus != Py_None) { /* an error of Python's */
        PyObject *all[3] = {a, b, modulus};
        return PyObject_Vectorcall(pure_pow, all, 3, NULL);
    }
    return binary(a, b, ROW_POW, ROW_POW_CONSTANT);
}

/* A function of one number, of a Value. */
static PyObject *unary(PyObject *v, int row)
{
    double x, z;
    if (read_number(v, &x))
        return NULL;
    if (rows[row].value)
        z = value_of(row, &x);
    else {
        z = by_python(row, 1, x, 0.0);
        if (z != z && PyErr_Occurred())
            return NULL;
    }
    Py_INCREF(v);
    return recorded(z, row, v, NULL);
}

static PyObject *negative(PyObject *v) { return unary(v, ROW_NEG); }
static PyObject *absolute(PyObject *v) { return unary(v, ROW_ABS); }

static PyObject *positive(PyObject *v)
{
    Py_INCREF(v);
    return v;
}

static PyObject *compare(PyObject *a, PyObject *b, int how)
{
    static const int swapped[6] = {0, 0, 0, 0, 1, 1}; /* Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT, Py_GE */
    static const int straight[6] = {Py_LT, Py_LE, Py_EQ, Py_NE, Py_LT, Py_LE};
    double u, v;
    int holds;
    if (IS_ALIVE()) {
        PyObject *both[2] = {a, b};
        return PyObject_Vectorcall(pure_comparisons[how], both, 2, NULL);
    }
    if (read_number(a, &u))
        return NULL;
    if (IS_VALUE(b)) {
        if (read_number(b, &v))
            return NULL;
    } else if (PyFloat_CheckExact(b))
        v = PyFloat_AS_DOUBLE(b);
    else {
        PyObject *mine = PyFloat_FromDouble(u), *result = NULL;
        if (mine)
            result = swapped[how] ? PyObject_RichCompare(b, mine, straight[how]) : PyObject_RichCompare(mine, b, how);
        Py_XDECREF(mine);
        return result;
    }
    switch (how) {
    case Py_LT: holds = u < v; break;
    case Py_LE: holds = u <= v; break;
    case Py_EQ: holds = u == v; break;
    case Py_NE: holds = u != v; break;
    case Py_GT: holds = u > v; break;
    default: holds = u >= v;
    }
    return PyBool_FromLong(holds);
}

static int truth(PyObject *v)
{
    double x;
    if (IS_ALIVE() || Py_TYPE(v) != Value) {
        PyObject *answer = PyObject_CallOneArg(pure_bool, v);
        int holds = answer ? PyObject_IsTrue(answer) : -1;
        Py_XDECREF(answer);
        return holds;
    }
    return read_number(v, &x) ? -1 : x != 0.0;
}
