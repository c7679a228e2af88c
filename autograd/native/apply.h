/* Operations by name: `apply`, the functions of one number, `dot`, and sums with the bits of Python's own. */

/* Sums, as Python's own: left to right before Python 3.12, compensated since (Neumaier, 1974). */

static double sum_of(const double *xs, Py_ssize_t count)
{
    double total = 0.0;
    Py_ssize_t k;
#if PY_VERSION_HEX >= 0x030C0000
    double rest = 0.0;
    for (k = 0; k < count; k++) {
        double next = total + xs[k];
        rest += fabs(total) >= fabs(xs[k]) ? (total - next) + xs[k] : (xs[k] - next) + total;
        total = next;
    }
    return rest != 0.0 && isfinite(rest) ? total + rest : total;
#else
    for (k = 0; k < count; k++)
        total += xs[k];
    return total;
#endif
}

/* Sums of products, as branches.dot: from the bias on before Python 3.12; since, as math.sumprod, in triple length
   (Ogita, Rump & Oishi, 2005). */

#if PY_VERSION_HEX >= 0x030C0000
static void two_sum(double x, double y, double *sum, double *rest)
{
    double z;
    *sum = x + y;
    z = *sum - x;
    *rest = (x - (*sum - z)) + (y - z);
}
#endif

static double dot_of(const double *weights, const double *inputs, Py_ssize_t count, double bias)
{
    Py_ssize_t k;
#if PY_VERSION_HEX >= 0x030C0000
    double high = 0.0, low = 0.0, tiny = 0.0, last, rest, total;
    for (k = 0; k < count; k++) {
        double product = weights[k] * inputs[k], error = fma(weights[k], inputs[k], -product);
        double sum, e, r1, e1, r2, e2;
        two_sum(high, product, &sum, &e);
        if (!isfinite(sum))
            break;
        two_sum(low, error, &r1, &e1);
        two_sum(r1, e, &r2, &e2);
        high = sum;
        low = r2;
        tiny = tiny + e1 + e2;
    }
    two_sum(low, high, &last, &rest);
    total = 0.0 + (tiny + rest + last);
    for (; k < count; k++)
        total += weights[k] * inputs[k];
    return total + bias;
#else
    double total = bias;
    for (k = 0; k < count; k++)
        total += weights[k] * inputs[k];
    return total;
#endif
}

/* The value of an op on numbers, computed by Python: what its `forward` returns, as a float. */
static int forward_in_python(PyObject *op, const double *xs, Py_ssize_t count, double *z)
{
    Py_ssize_t k;
    PyObject *forward = PyObject_GetAttrString(op, "forward"), *result = NULL;
    PyObject **given = PyMem_Calloc((size_t)count + 1, sizeof *given);
    if (!given)
        PyErr_NoMemory();
    for (k = 0; forward && given && k < count; k++)
        if (!(given[k] = PyFloat_FromDouble(xs[k])))
            break;
    if (forward && given && k == count)
        result = PyObject_Vectorcall(forward, given, count, NULL);
    for (k = 0; given && k < count; k++)
        Py_XDECREF(given[k]);
    PyMem_Free(given);
    Py_XDECREF(forward);
    if (result && !PyFloat_CheckExact(result)) {
        PyObject *both[2] = {op, result}, *converted = PyObject_Vectorcall(result_of, both, 2, NULL);
        Py_SETREF(result, converted);
    }
    if (!result)
        return -1;
    *z = PyFloat_AsDouble(result);
    Py_DECREF(result);
    return *z == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static int forward_of(PyObject *op, int row, const double *xs, Py_ssize_t count, double *z)
{
    if (row != USERS && row && rows[row].value && rows[row].arity == count)
        *z = value_of(row, xs);
    else if (row != USERS && row && rows[row].value && !rows[row].arity && count)
        *z = value_of_any(row, xs, count);
    else if (row == ROW_DOT && count % 2)
        *z = dot_of(xs, xs + count / 2, count / 2, xs[count - 1]);
    else
        return forward_in_python(op, xs, count, z);
    return 0;
}

/* apply(op, *inputs) */
static PyObject *apply_function(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_ssize_t k, count = given - 1;
    int row, recording = 0;
    double few[16], *xs = few, z = NAN;
    PyObject *inputs = NULL, *result = NULL, *x, *y;
    if (given < 1) {
        PyErr_SetString(PyExc_TypeError, "apply() missing 1 required positional argument: 'op'");
        return NULL;
    }
    row = row_of(args[0]);
    if (row == 0)
        row = USERS;
    if (!(inputs = PyTuple_New(count)))
        return NULL;
    if (count > 16 && !(xs = PyMem_Malloc((size_t)count * sizeof *xs))) {
        PyErr_NoMemory();
        goto done;
    }
    for (k = 0; k < count; k++) {
        PyObject *operand_ = args[k + 1];
        if (PyFloat_CheckExact(operand_) || IS_VALUE(operand_))
            Py_INCREF(operand_);
        else if (!(operand_ = PyObject_CallOneArg(plain, operand_)))
            goto done;
        PyTuple_SET_ITEM(inputs, k, operand_);
        if (PyFloat_CheckExact(operand_))
            xs[k] = PyFloat_AS_DOUBLE(operand_);
        else {
            if (!IS_VALUE(operand_)) {
                PyErr_SetString(PyExc_TypeError, "an input must be a Value or a float");
                goto done;
            }
            recording = 1;
            if (read_number(operand_, &xs[k]))
                goto done;
        }
    }
    if (recording && IS_ALIVE()) {
        PyObject *answer = PyObject_CallNoArgs(tracing);
        int unknown = answer ? PyObject_IsTrue(answer) : -1;
        Py_XDECREF(answer);
        if (unknown < 0 || (!unknown && forward_of(args[0], row, xs, count, &z)))
            goto done;
    } else if (forward_of(args[0], row, xs, count, &z))
        goto done;
    if (!recording)
        result = PyFloat_FromDouble(z);
    else {
        kept(row, args[0], inputs, &x, &y);
        result = recorded(z, row, x, y);
    }
done:
    Py_XDECREF(inputs);
    if (xs != few)
        PyMem_Free(xs);
    return result;
}

/* of_one(op, x) */
static PyObject *of_one(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    int row;
    if (given == 2 && (row = row_of(args[0])) != USERS && row && rows[row].arity == 1) {
        if (IS_VALUE(args[1]))
            return unary(args[1], row);
        if (PyFloat_CheckExact(args[1]) && rows[row].value) {
            double x = PyFloat_AS_DOUBLE(args[1]);
            return PyFloat_FromDouble(value_of(row, &x));
        }
    }
    return apply_function(module, args, given);
}

/* node(data, op, inputs): a recorded operation whose value is known. */
static PyObject *node_function(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    double data;
    PyObject *x, *y;
    int row;
    if (given != 3) {
        PyErr_Format(PyExc_TypeError, "_node() takes data, op and inputs, got %zd arguments", given);
        return NULL;
    }
    data = PyFloat_AsDouble(args[0]);
    if ((data == -1.0 && PyErr_Occurred()) || !are_operands(args[2]))
        return NULL;
    row = row_of(args[1]);
    kept(row, args[1], args[2], &x, &y);
    return recorded(data, row, x, y);
}

/* operands_of(xs): a list of floats and Values. */
static PyObject *operands_of(PyObject *module, PyObject *given)
{
    Py_ssize_t k;
    PyObject *operands = PySequence_List(given);
    for (k = 0; operands && k < PyList_GET_SIZE(operands); k++) {
        PyObject *x = PyList_GET_ITEM(operands, k);
        if (PyFloat_CheckExact(x) || IS_VALUE(x))
            continue;
        Py_INCREF(x); /* what converts it may do anything */
        Py_SETREF(x, PyObject_CallOneArg(plain, x));
        if (!x || PyList_SetItem(operands, k, x))
            Py_CLEAR(operands);
    }
    return operands;
}

/* data_of(inputs): the numbers in floats and Values. */
static PyObject *data_of(PyObject *module, PyObject *given)
{
    Py_ssize_t k, count;
    PyObject *inputs = PySequence_Fast(given, "expected floats and Values"), *numbers = NULL;
    if (!inputs)
        return NULL;
    count = PySequence_Fast_GET_SIZE(inputs);
    if ((numbers = PyList_New(count)))
        for (k = 0; k < count; k++) {
            PyObject *x = PySequence_Fast_GET_ITEM(inputs, k);
            if (PyFloat_CheckExact(x))
                Py_INCREF(x);
            else
                x = Py_TYPE(x) == Value && !(NODE(x)->flags & GONE) ? PyFloat_FromDouble(NODE(x)->data) : PyObject_GetAttrString(x, "_data");
            if (!x) {
                Py_CLEAR(numbers);
                break;
            }
            PyList_SET_ITEM(numbers, k, x);
        }
    Py_DECREF(inputs);
    return numbers;
}

/* Read numbers; return whether a cycle may run through their Values, or -1 with an error. */
static int read_numbers(PyObject *const *inputs, Py_ssize_t count, double *xs)
{
    Py_ssize_t k;
    int cyclic = 0;
    for (k = 0; k < count; k++) {
        PyObject *x = inputs[k];
        if (Py_TYPE(x) == Value && !(NODE(x)->flags & (GONE | CYCLIC)))
            xs[k] = NODE(x)->data;
        else if (PyFloat_CheckExact(x))
            xs[k] = PyFloat_AS_DOUBLE(x);
        else if (!IS_VALUE(x)) {
            PyErr_Format(PyExc_TypeError, "an input must be a Value or a float, got %.80s", Py_TYPE(x)->tp_name);
            return -1;
        } else if (read_number(x, &xs[k]))
            return -1;
        else
            cyclic = 1;
    }
    return cyclic;
}

/* dot_node(weights, inputs, bias, data=None): tuples that nodes share; `data` is not needed here. */
static PyObject *dot_node(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_ssize_t count;
    double few[64], *xs = few, bias = 0.0, z;
    PyObject *right, *result = NULL;
    int weights, inputs, last;
    if (given < 3 || given > 4 || !PyTuple_CheckExact(args[0]) || !PyTuple_CheckExact(args[1]))
        return PyErr_Format(PyExc_TypeError, "dot_node() takes tuples of weights and inputs, and a bias");
    count = PyTuple_GET_SIZE(args[0]);
    if (PyTuple_GET_SIZE(args[1]) != count)
        return PyErr_Format(PyExc_ValueError, "dot_node() takes as many weights as inputs");
    if (count > 32 && !(xs = PyMem_Malloc(2 * (size_t)count * sizeof *xs)))
        return PyErr_NoMemory();
    weights = read_numbers(&PyTuple_GET_ITEM(args[0], 0), count, xs);
    inputs = weights < 0 ? -1 : read_numbers(&PyTuple_GET_ITEM(args[1], 0), count, xs + count);
    last = inputs < 0 ? -1 : read_numbers(&args[2], 1, &bias);
    if (last >= 0) {
        z = dot_of(xs, xs + count, count, bias);
        if ((right = PyTuple_Pack(2, args[1], args[2]))) {
            Py_INCREF(args[0]);
            result = recorded_as(z, ROW_DOT, args[0], right, weights || inputs || last);
        }
    }
    if (xs != few)
        PyMem_Free(xs);
    return result;
}
