/* Printed by print_rules.py from the table in ops.py: do not edit. */

static PyObject *method_square(PyObject *self, PyObject *none) { return unary(self, ROW_SQUARE); }
static PyObject *method_reciprocal(PyObject *self, PyObject *none) { return unary(self, ROW_RECIPROCAL); }
static PyObject *method_abs(PyObject *self, PyObject *none) { return unary(self, ROW_ABS); }
static PyObject *method_sign(PyObject *self, PyObject *none) { return unary(self, ROW_SIGN); }
static PyObject *method_step(PyObject *self, PyObject *none) { return unary(self, ROW_STEP); }
static PyObject *method_floor(PyObject *self, PyObject *none) { return unary(self, ROW_FLOOR); }
static PyObject *method_ceil(PyObject *self, PyObject *none) { return unary(self, ROW_CEIL); }
static PyObject *method_identity(PyObject *self, PyObject *none) { return unary(self, ROW_IDENTITY); }
static PyObject *method_exp(PyObject *self, PyObject *none) { return unary(self, ROW_EXP); }
static PyObject *method_expm1(PyObject *self, PyObject *none) { return unary(self, ROW_EXPM1); }
static PyObject *method_exp2(PyObject *self, PyObject *none) { return unary(self, ROW_EXP2); }
static PyObject *method_log(PyObject *self, PyObject *none) { return unary(self, ROW_LOG); }
static PyObject *method_log1p(PyObject *self, PyObject *none) { return unary(self, ROW_LOG1P); }
static PyObject *method_log2(PyObject *self, PyObject *none) { return unary(self, ROW_LOG2); }
static PyObject *method_log10(PyObject *self, PyObject *none) { return unary(self, ROW_LOG10); }
static PyObject *method_sqrt(PyObject *self, PyObject *none) { return unary(self, ROW_SQRT); }
static PyObject *method_cbrt(PyObject *self, PyObject *none) { return unary(self, ROW_CBRT); }
static PyObject *method_sin(PyObject *self, PyObject *none) { return unary(self, ROW_SIN); }
static PyObject *method_cos(PyObject *self, PyObject *none) { return unary(self, ROW_COS); }
static PyObject *method_tan(PyObject *self, PyObject *none) { return unary(self, ROW_TAN); }
static PyObject *method_asin(PyObject *self, PyObject *none) { return unary(self, ROW_ASIN); }
static PyObject *method_acos(PyObject *self, PyObject *none) { return unary(self, ROW_ACOS); }
static PyObject *method_atan(PyObject *self, PyObject *none) { return unary(self, ROW_ATAN); }
static PyObject *method_sinh(PyObject *self, PyObject *none) { return unary(self, ROW_SINH); }
static PyObject *method_cosh(PyObject *self, PyObject *none) { return unary(self, ROW_COSH); }
static PyObject *method_tanh(PyObject *self, PyObject *none) { return unary(self, ROW_TANH); }
static PyObject *method_asinh(PyObject *self, PyObject *none) { return unary(self, ROW_ASINH); }
static PyObject *method_acosh(PyObject *self, PyObject *none) { return unary(self, ROW_ACOSH); }
static PyObject *method_atanh(PyObject *self, PyObject *none) { return unary(self, ROW_ATANH); }
static PyObject *method_erf(PyObject *self, PyObject *none) { return unary(self, ROW_ERF); }
static PyObject *method_erfc(PyObject *self, PyObject *none) { return unary(self, ROW_ERFC); }
static PyObject *method_lgamma(PyObject *self, PyObject *none) { return unary(self, ROW_LGAMMA); }
static PyObject *method_digamma(PyObject *self, PyObject *none) { return unary(self, ROW_DIGAMMA); }
static PyObject *method_relu(PyObject *self, PyObject *none) { return unary(self, ROW_RELU); }
static PyObject *method_selu(PyObject *self, PyObject *none) { return unary(self, ROW_SELU); }
static PyObject *method_gelu(PyObject *self, PyObject *none) { return unary(self, ROW_GELU); }
static PyObject *method_silu(PyObject *self, PyObject *none) { return unary(self, ROW_SILU); }
static PyObject *method_softplus(PyObject *self, PyObject *none) { return unary(self, ROW_SOFTPLUS); }
static PyObject *method_mish(PyObject *self, PyObject *none) { return unary(self, ROW_MISH); }
static PyObject *method_sigmoid(PyObject *self, PyObject *none) { return unary(self, ROW_SIGMOID); }
static PyObject *method_log_sigmoid(PyObject *self, PyObject *none) { return unary(self, ROW_LOG_SIGMOID); }
static PyObject *method_hardtanh(PyObject *self, PyObject *none) { return unary(self, ROW_HARDTANH); }

static PyMethodDef row_methods[] = {
    {"square", method_square, METH_NOARGS, NULL},
    {"reciprocal", method_reciprocal, METH_NOARGS, NULL},
    {"abs", method_abs, METH_NOARGS, NULL},
    {"sign", method_sign, METH_NOARGS, NULL},
    {"step", method_step, METH_NOARGS, NULL},
    {"floor", method_floor, METH_NOARGS, NULL},
    {"ceil", method_ceil, METH_NOARGS, NULL},
    {"identity", method_identity, METH_NOARGS, NULL},
    {"exp", method_exp, METH_NOARGS, NULL},
    {"expm1", method_expm1, METH_NOARGS, NULL},
    {"exp2", method_exp2, METH_NOARGS, NULL},
    {"log", method_log, METH_NOARGS, NULL},
    {"log1p", method_log1p, METH_NOARGS, NULL},
    {"log2", method_log2, METH_NOARGS, NULL},
    {"log10", method_log10, METH_NOARGS, NULL},
    {"sqrt", method_sqrt, METH_NOARGS, NULL},
    {"cbrt", method_cbrt, METH_NOARGS, NULL},
    {"sin", method_sin, METH_NOARGS, NULL},
    {"cos", method_cos, METH_NOARGS, NULL},
    {"tan", method_tan, METH_NOARGS, NULL},
    {"asin", method_asin, METH_NOARGS, NULL},
    {"acos", method_acos, METH_NOARGS, NULL},
    {"atan", method_atan, METH_NOARGS, NULL},
    {"sinh", method_sinh, METH_NOARGS, NULL},
    {"cosh", method_cosh, METH_NOARGS, NULL},
    {"tanh", method_tanh, METH_NOARGS, NULL},
    {"asinh", method_asinh, METH_NOARGS, NULL},
    {"acosh", method_acosh, METH_NOARGS, NULL},
    {"atanh", method_atanh, METH_NOARGS, NULL},
    {"erf", method_erf, METH_NOARGS, NULL},
    {"erfc", method_erfc, METH_NOARGS, NULL},
    {"lgamma", method_lgamma, METH_NOARGS, NULL},
    {"digamma", method_digamma, METH_NOARGS, NULL},
    {"relu", method_relu, METH_NOARGS, NULL},
    {"selu", method_selu, METH_NOARGS, NULL},
    {"gelu", method_gelu, METH_NOARGS, NULL},
    {"silu", method_silu, METH_NOARGS, NULL},
    {"softplus", method_softplus, METH_NOARGS, NULL},
    {"mish", method_mish, METH_NOARGS, NULL},
    {"sigmoid", method_sigmoid, METH_NOARGS, NULL},
    {"log_sigmoid", method_log_sigmoid, METH_NOARGS, NULL},
    {"hardtanh", method_hardtanh, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL}};
