/* Who calls a compiled function: where nothing records or looks on, its next call is C's from the first instruction. */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *next; /* what calls by place go to */
} Caller;

static PyObject *general_call, *outermost; /* the method in Python; the context variable that a transform sets */

static PyObject *call_next(PyObject *self, PyObject *const *args, size_t flags, PyObject *names)
{
    PyObject *callable = ((Caller *)self)->next, *transform = NULL, *result;
    int plain = callable && !IS_ALIVE() && (!names || !PyTuple_GET_SIZE(names));
    if (plain && PyContextVar_Get(outermost, NULL, &transform))
        return NULL;
    Py_XDECREF(transform); /* only whether it is None is looked at */
    if (plain && transform == Py_None) {
        Py_INCREF(callable); /* while it runs, another may take its place */
        result = PyObject_Vectorcall(callable, args, flags, NULL);
    } else if ((callable = PyMethod_New(general_call, self)))
        result = PyObject_Vectorcall(callable, args, (size_t)PyVectorcall_NARGS(flags), names);
    else
        return NULL;
    Py_DECREF(callable);
    return result;
}

static PyObject *caller_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self)
        ((Caller *)self)->vectorcall = call_next;
    return self;
}

static int caller_traverse(Caller *caller, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(caller));
    Py_VISIT(caller->next);
    return 0;
}

static int caller_clear(Caller *caller)
{
    Py_CLEAR(caller->next);
    return 0;
}

static void caller_dealloc(Caller *caller)
{
    PyTypeObject *type = Py_TYPE(caller);
    PyObject_GC_UnTrack(caller);
    Py_CLEAR(caller->next);
    type->tp_free(caller);
    Py_DECREF(type);
}

static PyMemberDef caller_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Caller, vectorcall), READONLY, NULL},
    {"_next_call", T_OBJECT_EX, offsetof(Caller, next), 0, NULL}, {NULL, 0, 0, 0, NULL}};
static PyType_Slot caller_slots[] = {
    {Py_tp_call, PyVectorcall_Call}, {Py_tp_new, caller_new}, {Py_tp_traverse, caller_traverse},
    {Py_tp_clear, caller_clear}, {Py_tp_dealloc, caller_dealloc}, {Py_tp_members, caller_members}, {0, NULL}};
static PyType_Spec caller_spec = {
    "autograd.native._core.Caller", sizeof(Caller), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL, caller_slots};

/* caller(call, variable): the type whose instances are called so, or by `call`, a function, as they are in Python. */
static PyObject *caller(PyObject *module, PyObject *args)
{
    PyObject *call, *variable;
    if (!PyArg_ParseTuple(args, "OO", &call, &variable))
        return NULL;
    Py_XSETREF(general_call, Py_NewRef(call));
    Py_XSETREF(outermost, Py_NewRef(variable));
    return PyType_FromSpec(&caller_spec);
}
