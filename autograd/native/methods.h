/* The type: backward() and its like, and the methods that the table gives. */

static PyObject *item(PyObject *self, PyObject *none) { return PyObject_GetAttrString(self, "data"); }

static PyObject *detach(PyObject *self, PyObject *none)
{
    Node *n;
    if (IS_ALIVE())
        return PyObject_CallOneArg(pure_detach, self);
    if (!(n = allocate()))
        return NULL;
    if (read_number(self, &n->data)) {
        Py_DECREF(n);
        return NULL;
    }
    return (PyObject *)n;
}

/* How many sweeps are under way in which Python runs, so that others may see them half done. They hold the lock, and
   while there are any the others take it too; a sweep in C alone is whole under the interpreter's own lock. */
static int running_python;

static PyObject *backward(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    double gradient = 1.0;
    PyObject *done, *check = NULL;
    int status;
    if (IS_ALIVE()) {
        if (!(check = PyObject_CallNoArgs(check_derivative)))
            return NULL;
        Py_DECREF(check); /* only whether it is None is looked at */
    }
    if (names && !count && PyTuple_GET_SIZE(names) == 1 && !PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "gradient")) {
        names = NULL; /* backward(gradient=x) is backward(x) */
        count = 1;
    }
    if (count > 1 || names || (check && check != Py_None)) {
        Py_ssize_t k, every = count + (names ? PyTuple_GET_SIZE(names) : 0);
        PyObject **all = PyMem_Malloc(((size_t)every + 1) * sizeof *all);
        if (!all)
            return PyErr_NoMemory();
        all[0] = self;
        for (k = 0; k < every; k++)
            all[k + 1] = args[k];
        running_python++;
        done = PyObject_Vectorcall(pure_backward, all, (size_t)count + 1, names);
        running_python--;
        PyMem_Free(all);
        return done;
    }
    if (count && assign(&gradient, "the gradient of backward", args[0]))
        return NULL;
    if (!running_python && (status = sweep(NODE(self), gradient, 0)) < 1)
        return status ? NULL : Py_NewRef(Py_None);
    running_python++; /* also while it waits */
    if (!(done = PyObject_CallNoArgs(acquire))) {
        running_python--;
        return NULL;
    }
    Py_DECREF(done);
    status = sweep(NODE(self), gradient, 1);
    running_python--;
    {
        PyObject *kind, *error, *trace;
        PyErr_Fetch(&kind, &error, &trace);
        done = PyObject_CallNoArgs(release_lock);
        if (done && status)
            PyErr_Restore(kind, error, trace);
        else {
            Py_XDECREF(kind);
            Py_XDECREF(error);
            Py_XDECREF(trace);
        }
    }
    if (!done || status) {
        Py_XDECREF(done);
        return NULL;
    }
    Py_DECREF(done);
    Py_RETURN_NONE;
}

/* What help() shows is what the pure type says. */
static const char *doc_of(PyObject *pure, const char *name, const char *signature)
{
    PyObject *member = name ? PyObject_GetAttrString(pure, name) : (Py_INCREF(pure), pure), *doc = NULL, *whole = NULL;
    const char *utf8 = NULL;
    if (member)
        doc = PyObject_GetAttrString(member, "__doc__");
    if (doc)
        whole = PyUnicode_FromFormat("%s%s%S", signature[0] == '(' ? name : "", signature, doc);
    if (whole)
        utf8 = PyUnicode_AsUTF8(whole); /* `whole` is kept for good */
    Py_XDECREF(member);
    Py_XDECREF(doc);
    if (!utf8)
        PyErr_Clear();
    return utf8;
}

static PyGetSetDef attributes[] = {
    {"data", (getter)get_data, (setter)set_data, NULL, NULL}, {"grad", (getter)get_grad, (setter)set_grad, NULL, NULL},
    {"label", (getter)get_label, (setter)set_label, NULL, NULL}, {"inputs", (getter)get_inputs, (setter)refuse_inputs, NULL, NULL},
    {"op", (getter)get_op, (setter)set_op, NULL, NULL}, {"_data", (getter)get_number, (setter)set_number, NULL, NULL},
    {"_grad", (getter)get_grad, (setter)set_grad, NULL, NULL}, {"_label", (getter)get_label, (setter)set_label, NULL, NULL},
    {"_inputs", (getter)get_inputs, (setter)set_inputs, NULL, NULL}, {"_born", (getter)get_born, (setter)set_born, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL}};

#define OWN_METHODS 3
static PyMethodDef methods[OWN_METHODS + ROWS + 1] = {
    {"backward", (PyCFunction)(void (*)(void))backward, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"item", item, METH_NOARGS, NULL},
    {"detach", detach, METH_NOARGS, NULL}};

static PyTypeObject *make_type(PyObject *pure, PyObject *bases)
{
    PyType_Slot slots[] = {
        {Py_tp_doc, (void *)doc_of(pure, NULL, "Value(data, label='')\n--\n\n")},
        {Py_tp_new, value_new}, {Py_tp_init, value_init}, {Py_tp_dealloc, value_dealloc},
        {Py_tp_traverse, value_traverse}, {Py_tp_clear, value_clear},
        {Py_tp_getset, attributes}, {Py_tp_methods, methods},
        {Py_tp_richcompare, compare}, {Py_tp_hash, PyBaseObject_Type.tp_hash},
        {Py_nb_add, add}, {Py_nb_subtract, subtract}, {Py_nb_multiply, multiply}, {Py_nb_true_divide, true_divide},
        {Py_nb_power, raise_to}, {Py_nb_negative, negative}, {Py_nb_positive, positive}, {Py_nb_absolute, absolute},
        {Py_nb_bool, truth}, {0, NULL}};
    PyType_Spec spec = {"autograd.value.Value", sizeof(Node), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
    PyMethodDef *method = methods;
    size_t k;
    for (k = 0; attributes[k].name; k++)
        if (attributes[k].name[0] != '_' && strcmp(attributes[k].name, "op"))
            attributes[k].doc = doc_of(pure, attributes[k].name, "");
    for (k = 0; k < OWN_METHODS; k++, method++)
        method->ml_doc = doc_of(pure, method->ml_name, k ? "($self, /)\n--\n\n" : "($self, /, gradient=1.0)\n--\n\n");
    for (k = 0; row_methods[k].ml_name; k++)
        if (PyObject_HasAttrString(pure, row_methods[k].ml_name)) {
            *method = row_methods[k];
            method->ml_doc = doc_of(pure, method->ml_name, "($self, /)\n--\n\n");
            method++;
        }
    if ((Value = (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases)))
        Value->tp_vectorcall = value_vectorcall;
    Py_XINCREF(Value);
    return Value;
}
