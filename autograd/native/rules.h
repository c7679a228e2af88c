/* Printed by print_rules.py from the table in ops.py: do not edit. */

#define RULES_DIGEST 2227356985u
#define ROW_ADD 1
#define ROW_SUB 2
#define ROW_MUL 3
#define ROW_DIV 4
#define ROW_NEG 5
#define ROW_POW 6
#define ROW_POW_CONSTANT 7
#define ROW_POW_LOG 8
#define ROW_SQUARE 9
#define ROW_RECIPROCAL 10
#define ROW_ABS 11
#define ROW_SIGN 12
#define ROW_STEP 13
#define ROW_FLOOR 14
#define ROW_CEIL 15
#define ROW_WHERE 16
#define ROW_MAXIMUM 17
#define ROW_MINIMUM 18
#define ROW_CLIP 19
#define ROW_DETACH 20
#define ROW_IDENTITY 21
#define ROW_EXP 22
#define ROW_EXPM1 23
#define ROW_EXP2 24
#define ROW_LOG 25
#define ROW_LOG1P 26
#define ROW_LOG2 27
#define ROW_LOG10 28
#define ROW_SQRT 29
#define ROW_CBRT 30
#define ROW_SIN 31
#define ROW_COS 32
#define ROW_TAN 33
#define ROW_ASIN 34
#define ROW_ACOS 35
#define ROW_ATAN 36
#define ROW_ATAN2 37
#define ROW_SINH 38
#define ROW_COSH 39
#define ROW_TANH 40
#define ROW_TANH_SLOPE 41
#define ROW_ASINH 42
#define ROW_ACOSH 43
#define ROW_ATANH 44
#define ROW_HYPOT 45
#define ROW_ERF 46
#define ROW_ERFC 47
#define ROW_LGAMMA 48
#define ROW_DIGAMMA 49
#define ROW_POLYGAMMA 50
#define ROW_RELU 51
#define ROW_LEAKY_RELU 52
#define ROW_ELU 53
#define ROW_SELU 54
#define ROW_GELU 55
#define ROW_SILU 56
#define ROW_SOFTPLUS 57
#define ROW_MISH 58
#define ROW_SIGMOID 59
#define ROW_LOGISTIC_DENSITY 60
#define ROW_LOGISTIC_MOMENT 61
#define ROW_LOG_SIGMOID 62
#define ROW_HARDTANH 63
#define ROW_SUM 64
#define ROW_PROD 65
#define ROW_MAX 66
#define ROW_MIN 67
#define ROW_NORM 68
#define ROW_LOGSUMEXP 69
#define ROW_DOT 70
#define ROW_DIRECTION 71
#define ROW_SHARE 72
#define ROW_LOG_SHARE 73
#define ROW_LESS 74
#define ROW_LESS_EQUAL 75
#define ROW_EQUAL 76
#define ROW_NOT_EQUAL 77
#define ROWS 78

static double value_add(double x, double y)
{
    return (x + y);
}

static double value_sub(double x, double y)
{
    return (x - y);
}

static double value_mul(double x, double y)
{
    return (x * y);
}

static double value_neg(double x)
{
    return (-x);
}

static double of_pow_log(double x, double y, double z)
{
    if (z == INFINITY) {
        double root = power(x, (0.5 * y));
        return ((root * log(x)) * root);
    }
    return (z * log(x));
}

static double value_square(double x)
{
    return (x * x);
}

static double value_reciprocal(double x)
{
    return divide(1.0, x);
}

static double of_sign(double x)
{
    return ((x > 0.0) ? 1.0 : ((x < 0.0) ? (-1.0) : (x + 0.0)));
}

static double of_step(double x)
{
    return ((x != x) ? x : (double)(x > 0.0));
}

static double value_where(double c, double x, double y)
{
    return ((c != 0.0) ? x : y);
}

static double of_clip(double x, double low, double high)
{
    return ((low <= x && x <= high) ? x : minimum(maximum(x, low), high));
}

static double value_detach(double x)
{
    return x;
}

static double value_identity(double x)
{
    return x;
}

static double inside_log1p(double x)
{
    return -1.0 <= x && x <= INFINITY ? log1p(x) : NAN;
}

static double inside_asin(double x)
{
    return -1.0 <= x && x <= 1.0 ? asin(x) : NAN;
}

static double inside_acos(double x)
{
    return -1.0 <= x && x <= 1.0 ? acos(x) : NAN;
}

static double of_logistic_density(double x)
{
    double z = exp((-fabs(x)));
    return (z / ((1.0 + z) * (1.0 + z)));
}

static double of_tanh_slope(double x, double z)
{
    return ((fabs(z) >= 0.999) ? (4.0 * of_logistic_density((2.0 * x))) : ((1.0 - z) * (1.0 + z)));
}

static double inside_acosh(double x)
{
    return 1.0 <= x && x <= INFINITY ? acosh(x) : NAN;
}

static double inside_atanh(double x)
{
    return -1.0 <= x && x <= 1.0 ? atanh(x) : NAN;
}

static double of_relu(double x)
{
    return (((x > 0.0) || (x != x)) ? x : 0.0);
}

static double value_leaky_relu(double x, double a)
{
    return ((x > 0.0) ? x : (a * x));
}

static double of_elu(double x, double alpha)
{
    return ((x > 0.0) ? x : (alpha * expm1(x)));
}

static double of_selu(double x)
{
    return (1.0507009873554805 * ((x > 0.0) ? x : (1.6732632423543772 * expm1(x))));
}

static double of_gelu(double x)
{
    if (fabs(x) > 40.0) {
        return larger(x, (-0.0));
    }
    double high = (134217729.0 * x);
    high = (high - (high - x));
    if (x > (-37.5)) {
        double product = (high * 0.7071067690849304);
        double rest = (((x - high) * 0.7071067690849304) + (x * 1.210161710447897e-08));
        double t = (product + rest);
        rest = (rest - (t - product));
        return (x * ((0.5 * erfc((-t))) + ((0.5641895835477563 * exp(((-t) * t))) * rest)));
    }
    double series = 1.0;
    for (double odd = 15.0; odd > 0.0; odd += -2.0) {
        series = (1.0 - ((odd / (x * x)) * series));
    }
    series = (series + (series * expm1(((0.5 * (high - x)) * (high + x)))));
    double root = exp((((-0.25) * high) * high));
    return ((((-0.3989422804014327) * series) * root) * root);
}

static double of_sigmoid(double x)
{
    double z = exp((-fabs(x)));
    return (((x >= 0.0) ? 1.0 : z) / (1.0 + z));
}

static double of_silu(double x)
{
    if (x < (-40.0)) {
        double root = exp((0.5 * x));
        return ((larger(x, (-10000.0)) * root) * root);
    }
    return (x * of_sigmoid(x));
}

static double of_softplus(double x)
{
    return ((x > 0.0) ? (x + log1p(exp((-x)))) : log1p(exp(x)));
}

static double of_mish(double x)
{
    if (fabs(x) > 40.0) {
        return of_silu(x);
    }
    double z = exp(x);
    z = (z * (z + 2.0));
    return (x * (z / (z + 2.0)));
}

static double of_logistic_moment(double x)
{
    if (fabs(x) > 700.0) {
        double root = exp(((-0.5) * fabs(x)));
        return ((root != 0.0) ? ((x * root) * root) : 0.0);
    }
    return (x * of_logistic_density(x));
}

static double of_log_sigmoid(double x)
{
    return (-of_softplus((-x)));
}

static double value_hardtanh(double x)
{
    return of_clip(x, (-1.0), 1.0);
}

static double value_prod(const double *x, Py_ssize_t n)
{
    double z = 1.0;
    Py_ssize_t k;
    for (k = 0; k < n; k++)
        z = z * x[k];
    return z;
}

static double value_max(const double *x, Py_ssize_t n)
{
    double z = x[0];
    Py_ssize_t k;
    for (k = 0; k < n; k++)
        z = maximum(z, x[k]);
    return z;
}

static double value_min(const double *x, Py_ssize_t n)
{
    double z = x[0];
    Py_ssize_t k;
    for (k = 0; k < n; k++)
        z = minimum(z, x[k]);
    return z;
}

static double value_direction(double x, double r, double z)
{
    return divide(x, z);
}

static double value_share(double x, double r, double s)
{
    return divide(x, s);
}

static double value_log_share(double x, double r, double e, double s, double z)
{
    return (x - z);
}

static double value_less(double x, double y)
{
    return (double)(x < y);
}

static double value_less_equal(double x, double y)
{
    return (double)(x <= y);
}

static double value_equal(double x, double y)
{
    return (double)(x == y);
}

static double value_not_equal(double x, double y)
{
    return (double)(x != y);
}

static int partials_add(const double *x, double z, double *d)
{
    d[0] = 1.0;
    d[1] = 1.0;
    return 1 | 2;
}

static int partials_sub(const double *x, double z, double *d)
{
    d[0] = 1.0;
    d[1] = -1.0;
    return 1 | 2;
}

static int partials_mul(const double *x, double z, double *d)
{
    d[0] = x[1];
    d[1] = x[0];
    return 1 | 2;
}

static int partials_div(const double *x, double z, double *d)
{
    d[0] = divide(1.0, x[1]);
    d[1] = (-divide(z, x[1]));
    return 1 | 2;
}

static int partials_neg(const double *x, double z, double *d)
{
    d[0] = -1.0;
    return 1;
}

static int partials_pow(const double *x, double z, double *d)
{
    const double t0 = (0.0 < x[0]);
    const double t1 = ((x[0] == 0.0) * (0.0 <= x[1]));
    d[0] = (x[1] != 0.0 ? (x[1] * power(x[0], (x[1] - 1.0))) : (t0 != 0.0 ? divide((x[1] * z), x[0]) : 0.0));
    d[1] = (t1 != 0.0 ? 0.0 : of_pow_log(x[0], x[1], z));
    return ((x[1] != 0.0 ? 1.0 : t0) != 0.0 ? 1 : 0) | ((t1 == 0.0) != 0.0 ? 2 : 0);
}

static int partials_pow_constant(const double *x, double z, double *d)
{
    if ((fabs(x[1]) < 0.05) != 0.0 && x[1] != 0.0) {
        d[0] = ((x[1] * power(x[0], (x[1] - 0.5))) * power(x[0], -0.5));
        return 1;
    }
    if ((fabs(x[1]) < 0.05) != 0.0 && x[1] == 0.0) {
        return 0;
    }
    if ((fabs(x[1]) < 0.05) == 0.0) {
        d[0] = (x[1] * power(x[0], (x[1] - 1.0)));
        return 1;
    }
    return 0;
}

static int partials_pow_log(const double *x, double z, double *d)
{
    const double t0 = (x[2] == INFINITY);
    d[0] = divide(((x[2] == INFINITY) != 0.0 ? ((z * x[1]) + x[2]) : x[2]), x[0]);
    d[1] = (t0 != 0.0 ? (z * log(x[0])) : 0.0);
    d[2] = (t0 != 0.0 ? 0.0 : log(x[0]));
    return 1 | (t0 != 0.0 ? 2 : 0) | ((t0 == 0.0) != 0.0 ? 4 : 0);
}

static int partials_square(const double *x, double z, double *d)
{
    d[0] = (2.0 * x[0]);
    return 1;
}

static int partials_reciprocal(const double *x, double z, double *d)
{
    d[0] = ((-z) * z);
    return 1;
}

static int partials_abs(const double *x, double z, double *d)
{
    d[0] = of_sign(x[0]);
    return 1;
}

static int partials_sign(const double *x, double z, double *d)
{
    return 0;
}

static int partials_step(const double *x, double z, double *d)
{
    return 0;
}

static int partials_floor(const double *x, double z, double *d)
{
    return 0;
}

static int partials_ceil(const double *x, double z, double *d)
{
    return 0;
}

static int partials_where(const double *x, double z, double *d)
{
    d[1] = 1.0;
    d[2] = 1.0;
    return ((x[0] != 0.0) != 0.0 ? 2 : 0) | ((x[0] == 0.0) != 0.0 ? 4 : 0);
}

static int partials_maximum(const double *x, double z, double *d)
{
    const double t0 = (x[0] == x[1]);
    const double t1 = ((x[0] < x[1]) == 0.0);
    const double t2 = (x[1] == x[0]);
    const double t3 = ((x[1] < x[0]) == 0.0);
    d[0] = (t0 != 0.0 ? 0.5 : t1);
    d[1] = (t2 != 0.0 ? 0.5 : t3);
    return ((t0 != 0.0 ? 1.0 : t1) != 0.0 ? 1 : 0) | ((t2 != 0.0 ? 1.0 : t3) != 0.0 ? 2 : 0);
}

static int partials_minimum(const double *x, double z, double *d)
{
    const double t0 = (x[1] == x[0]);
    const double t1 = ((x[1] < x[0]) == 0.0);
    const double t2 = (x[0] == x[1]);
    const double t3 = ((x[0] < x[1]) == 0.0);
    d[0] = (t0 != 0.0 ? 0.5 : t1);
    d[1] = (t2 != 0.0 ? 0.5 : t3);
    return ((t0 != 0.0 ? 1.0 : t1) != 0.0 ? 1 : 0) | ((t2 != 0.0 ? 1.0 : t3) != 0.0 ? 2 : 0);
}

static int partials_clip(const double *x, double z, double *d)
{
    const double t0 = (x[1] < x[2]);
    const double t1 = (x[1] <= x[0]);
    const double t2 = (x[0] <= x[2]);
    const double t3 = (x[0] < x[1]);
    const double t4 = (x[2] < x[0]);
    const double t5 = (x[2] <= x[1]);
    d[0] = (t0 != 0.0 ? (t1 != 0.0 ? t2 : 0.0) : 0.0);
    d[1] = (t3 != 0.0 ? t0 : 0.0);
    d[2] = (t4 != 0.0 ? 1.0 : t5);
    return ((t0 != 0.0 ? (t1 != 0.0 ? t2 : 0.0) : 0.0) != 0.0 ? 1 : 0) | ((t3 != 0.0 ? t0 : 0.0) != 0.0 ? 2 : 0) | ((t4 != 0.0 ? 1.0 : t5) != 0.0 ? 4 : 0);
}

static int partials_detach(const double *x, double z, double *d)
{
    return 0;
}

static int partials_identity(const double *x, double z, double *d)
{
    d[0] = 1.0;
    return 1;
}

static int partials_exp(const double *x, double z, double *d)
{
    d[0] = z;
    return 1;
}

static int partials_expm1(const double *x, double z, double *d)
{
    d[0] = exp(x[0]);
    return 1;
}

static int partials_exp2(const double *x, double z, double *d)
{
    d[0] = (1.3862943611198906 * exp2((x[0] - 1.0)));
    return 1;
}

static int partials_log(const double *x, double z, double *d)
{
    d[0] = divide(1.0, x[0]);
    return 1;
}

static int partials_log1p(const double *x, double z, double *d)
{
    d[0] = divide(1.0, (1.0 + x[0]));
    return 1;
}

static int partials_log2(const double *x, double z, double *d)
{
    d[0] = divide(1.4426950408889634, x[0]);
    return 1;
}

static int partials_log10(const double *x, double z, double *d)
{
    d[0] = divide(0.43429448190325176, x[0]);
    return 1;
}

static int partials_sqrt(const double *x, double z, double *d)
{
    d[0] = divide(0.5, z);
    return 1;
}

static int partials_cbrt(const double *x, double z, double *d)
{
    d[0] = divide(divide(1.0, (3.0 * z)), z);
    return 1;
}

static int partials_sin(const double *x, double z, double *d)
{
    d[0] = cos(x[0]);
    return 1;
}

static int partials_cos(const double *x, double z, double *d)
{
    d[0] = (-sin(x[0]));
    return 1;
}

static int partials_tan(const double *x, double z, double *d)
{
    d[0] = (1.0 + (z * z));
    return 1;
}

static int partials_asin(const double *x, double z, double *d)
{
    d[0] = divide(1.0, sqrt(((fabs((fabs(x[0]) - 0.75)) < 0.25) != 0.0 ? ((1.0 - x[0]) * (1.0 + x[0])) : (1.0 - (x[0] * x[0])))));
    return 1;
}

static int partials_acos(const double *x, double z, double *d)
{
    d[0] = (-divide(1.0, sqrt(((fabs((fabs(x[0]) - 0.75)) < 0.25) != 0.0 ? ((1.0 - x[0]) * (1.0 + x[0])) : (1.0 - (x[0] * x[0]))))));
    return 1;
}

static int partials_atan(const double *x, double z, double *d)
{
    const double t0 = by_python(ROW_HYPOT, 2, 1.0, x[0]);
    d[0] = ((t0 == 0.0) != 0.0 ? sqrt(t0) : ((t0 == INFINITY) != 0.0 ? 0.0 : divide(divide(1.0, t0), t0)));
    return 1;
}

static int partials_atan2(const double *x, double z, double *d)
{
    const double t0 = by_python(ROW_HYPOT, 2, x[1], x[0]);
    d[0] = ((t0 == 0.0) != 0.0 ? sqrt(t0) : ((t0 == INFINITY) != 0.0 ? 0.0 : divide(divide(x[1], t0), t0)));
    d[1] = (-((t0 == 0.0) != 0.0 ? sqrt(t0) : ((t0 == INFINITY) != 0.0 ? 0.0 : divide(divide(x[0], t0), t0))));
    return 1 | 2;
}

static int partials_sinh(const double *x, double z, double *d)
{
    d[0] = cosh(x[0]);
    return 1;
}

static int partials_cosh(const double *x, double z, double *d)
{
    d[0] = sinh(x[0]);
    return 1;
}

static int partials_tanh(const double *x, double z, double *d)
{
    d[0] = of_tanh_slope(x[0], z);
    return 1;
}

static int partials_tanh_slope(const double *x, double z, double *d)
{
    const double t0 = (0.999 <= fabs(x[1]));
    d[0] = (t0 != 0.0 ? ((-2.0 * tanh(x[0])) * z) : 0.0);
    d[1] = (t0 != 0.0 ? 0.0 : (-2.0 * x[1]));
    return (t0 != 0.0 ? 1 : 0) | ((t0 == 0.0) != 0.0 ? 2 : 0);
}

static int partials_asinh(const double *x, double z, double *d)
{
    const double t0 = by_python(ROW_HYPOT, 2, 1.0, x[0]);
    d[0] = divide(1.0, t0);
    return 1;
}

static int partials_acosh(const double *x, double z, double *d)
{
    d[0] = divide(divide(1.0, sqrt((x[0] - 1.0))), sqrt((x[0] + 1.0)));
    return 1;
}

static int partials_atanh(const double *x, double z, double *d)
{
    d[0] = divide(1.0, ((fabs((fabs(x[0]) - 0.75)) < 0.25) != 0.0 ? ((1.0 - x[0]) * (1.0 + x[0])) : (1.0 - (x[0] * x[0]))));
    return 1;
}

static int partials_hypot(const double *x, double z, double *d)
{
    const double t0 = (z == INFINITY);
    const double t1 = (fabs(x[0]) == INFINITY);
    const double t2 = (fabs(x[1]) == INFINITY);
    const double t3 = ((((0.0 + t1) + t2) == 1.0) != 0.0 ? 1.0 : NAN);
    d[0] = ((z == 0.0) != 0.0 ? sqrt(z) : (t0 != 0.0 ? (t1 != 0.0 ? (t3 * of_sign(x[0])) : 0.0) : divide(x[0], z)));
    d[1] = ((z == 0.0) != 0.0 ? sqrt(z) : (t0 != 0.0 ? (t2 != 0.0 ? (t3 * of_sign(x[1])) : 0.0) : divide(x[1], z)));
    return 1 | 2;
}

static int partials_erf(const double *x, double z, double *d)
{
    const double t0 = ((1000.0 < fabs(x[0])) != 0.0 ? 1000.0 : x[0]);
    d[0] = (1.1283791670955126 * exp(((-t0) * t0)));
    return 1;
}

static int partials_erfc(const double *x, double z, double *d)
{
    const double t0 = ((1000.0 < fabs(x[0])) != 0.0 ? 1000.0 : x[0]);
    d[0] = (-1.1283791670955126 * exp(((-t0) * t0)));
    return 1;
}

static int partials_lgamma(const double *x, double z, double *d)
{
    const double t0 = by_python(ROW_DIGAMMA, 1, x[0], 0.0);
    d[0] = t0;
    return 1;
}

static int partials_digamma(const double *x, double z, double *d)
{
    const double t0 = by_python(ROW_POLYGAMMA, 2, 1.0, x[0]);
    d[0] = t0;
    return 1;
}

static int partials_polygamma(const double *x, double z, double *d)
{
    const double t0 = by_python(ROW_POLYGAMMA, 2, (x[0] + 1.0), x[1]);
    d[0] = NAN;
    d[1] = t0;
    return 1 | 2;
}

static int partials_relu(const double *x, double z, double *d)
{
    d[0] = 1.0;
    return ((z != 0.0) != 0.0 ? 1 : 0);
}

static int partials_leaky_relu(const double *x, double z, double *d)
{
    const double t0 = (0.0 < x[0]);
    d[0] = ((0.0 < x[0]) != 0.0 ? 1.0 : x[1]);
    d[1] = (t0 != 0.0 ? 0.0 : x[0]);
    return 1 | ((t0 == 0.0) != 0.0 ? 2 : 0);
}

static int partials_elu(const double *x, double z, double *d)
{
    const double t0 = (x[0] <= 0.0);
    d[0] = ((x[0] <= 0.0) != 0.0 ? (x[1] * exp((-of_relu((-x[0]))))) : 1.0);
    d[1] = (t0 != 0.0 ? expm1((-of_relu((-x[0])))) : 0.0);
    return 1 | (t0 != 0.0 ? 2 : 0);
}

static int partials_selu(const double *x, double z, double *d)
{
    d[0] = (1.0507009873554805 * ((x[0] <= 0.0) != 0.0 ? (1.6732632423543772 * exp((-of_relu((-x[0]))))) : 1.0));
    return 1;
}

static int partials_gelu(const double *x, double z, double *d)
{
    const double t0 = ((1000.0 < fabs(x[0])) != 0.0 ? 1000.0 : x[0]);
    d[0] = ((0.5 * erfc((-0.7071067811865476 * x[0]))) + ((0.3989422804014327 * t0) * exp(((-0.5 * t0) * t0))));
    return 1;
}

static int partials_silu(const double *x, double z, double *d)
{
    d[0] = (of_sigmoid(x[0]) + of_logistic_moment(x[0]));
    return 1;
}

static int partials_softplus(const double *x, double z, double *d)
{
    d[0] = of_sigmoid(x[0]);
    return 1;
}

static int partials_mish(const double *x, double z, double *d)
{
    const double t0 = of_softplus(x[0]);
    d[0] = (tanh(t0) + (of_silu(minimum(x[0], 1000.0)) * of_tanh_slope(t0, tanh(t0))));
    return 1;
}

static int partials_sigmoid(const double *x, double z, double *d)
{
    d[0] = of_logistic_density(x[0]);
    return 1;
}

static int partials_logistic_density(const double *x, double z, double *d)
{
    d[0] = ((-z) * tanh((0.5 * x[0])));
    return 1;
}

static int partials_logistic_moment(const double *x, double z, double *d)
{
    d[0] = (of_logistic_density(x[0]) - (z * tanh((0.5 * x[0]))));
    return 1;
}

static int partials_log_sigmoid(const double *x, double z, double *d)
{
    d[0] = of_sigmoid((-x[0]));
    return 1;
}

static int partials_hardtanh(const double *x, double z, double *d)
{
    d[0] = 1.0;
    return ((fabs(z) != 1.0) != 0.0 ? 1 : 0);
}

static int partials_prod(const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)
{
    double *t0 = t + 0 * n;
    double *t1 = t + 1 * n;
    Py_ssize_t k;
    t0[0] = 1.0;
    for (k = 1; k < n; k++)
        t0[k] = (t0[k - 1] * x[k - 1]);
    t1[n - 1] = 1.0;
    for (k = n - 1; k-- > 0;)
        t1[k] = (t1[k + 1] * x[k + 1]);
    for (k = 0; k < n; k++) {
        const double t2 = (t0[k] * t1[k]);
        d[k] = t2;
        g[k] = 1.0;
    }
    return 1;
}

static int partials_max(const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)
{
    double *t2 = t + 0 * n;
    Py_ssize_t k;
    double s3 = 0.0;
    for (k = 0; k < n; k++) {
        const double t0 = (x[k] == z);
        const double t1 = (x[k] != x[k]);
        t2[k] = (t0 + t1);
        s3 += t2[k];
    }
    const double s4 = divide(1.0, s3);
    for (k = 0; k < n; k++) {
        const double t5 = (t2[k] != 0.0 ? s4 : 0.0);
        const double t6 = (t2[k] != 0.0);
        d[k] = t5;
        g[k] = t6;
    }
    return 1;
}

static int partials_min(const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)
{
    double *t2 = t + 0 * n;
    Py_ssize_t k;
    double s3 = 0.0;
    for (k = 0; k < n; k++) {
        const double t0 = (x[k] == z);
        const double t1 = (x[k] != x[k]);
        t2[k] = (t0 + t1);
        s3 += t2[k];
    }
    const double s4 = divide(1.0, s3);
    for (k = 0; k < n; k++) {
        const double t5 = (t2[k] != 0.0 ? s4 : 0.0);
        const double t6 = (t2[k] != 0.0);
        d[k] = t5;
        g[k] = t6;
    }
    return 1;
}

static int partials_norm(const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)
{
    double *t4 = t + 0 * n;
    Py_ssize_t k;
    double s5 = 0.0;
    const double s0 = (z == 0.0);
    const double s1 = sqrt(z);
    const double s2 = (z == INFINITY);
    for (k = 0; k < n; k++) {
        const double t3 = fabs(x[k]);
        t4[k] = (t3 == INFINITY);
        s5 += t4[k];
    }
    const double s6 = (s5 == 1.0);
    const double s7 = (s6 != 0.0 ? 1.0 : NAN);
    for (k = 0; k < n; k++) {
        const double t8 = of_sign(x[k]);
        const double t9 = (s7 * t8);
        const double t10 = (t4[k] != 0.0 ? t9 : 0.0);
        const double t11 = divide(x[k], z);
        const double t12 = (s2 != 0.0 ? t10 : t11);
        const double t13 = (s0 != 0.0 ? s1 : t12);
        d[k] = t13;
        g[k] = 1.0;
    }
    return 1;
}

static int partials_logsumexp(const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)
{
    double *t4 = t + 0 * n;
    double *t9 = t + 1 * n;
    double *t11 = t + 2 * n;
    Py_ssize_t k;
    double s5 = 0.0;
    const double s0 = value_max(x, n);
    const double s1 = value_detach(s0);
    const double s2 = fabs(s1);
    const double s3 = (s2 == INFINITY);
    for (k = 0; k < n; k++) {
        t4[k] = (x[k] == s1);
        s5 += t4[k];
    }
    const double s6 = (s5 == 1.0);
    const double s7 = (s6 != 0.0 ? 1.0 : NAN);
    const double s8 = (s7 * 1.0);
    for (k = 0; k < n; k++) {
        t9[k] = (t4[k] != 0.0 ? s8 : 0.0);
        const double t10 = (x[k] - s1);
        t11[k] = exp(t10);
    }
    const double s12 = sum_of(t11, n);
    for (k = 0; k < n; k++) {
        const double t13 = divide(t11[k], s12);
        const double t14 = (s3 != 0.0 ? t9[k] : t13);
        d[k] = t14;
        g[k] = 1.0;
    }
    return 1;
}

static int partials_direction(const double *x, double z, double *d)
{
    const double t0 = divide(x[1], x[2]);
    d[0] = (t0 * divide(t0, x[2]));
    d[1] = ((-z) * divide(t0, x[2]));
    return 1 | 2;
}

static int partials_share(const double *x, double z, double *d)
{
    d[0] = divide(divide(x[1], x[2]), x[2]);
    d[1] = (-divide(z, x[2]));
    return 1 | 2;
}

static int partials_log_share(const double *x, double z, double *d)
{
    d[0] = divide(x[1], x[3]);
    d[1] = (-divide(1.0, x[3]));
    return 1 | 2;
}

static int partials_less(const double *x, double z, double *d)
{
    return 0;
}

static int partials_less_equal(const double *x, double z, double *d)
{
    return 0;
}

static int partials_equal(const double *x, double z, double *d)
{
    return 0;
}

static int partials_not_equal(const double *x, double z, double *d)
{
    return 0;
}

static const Row rows[ROWS] = {
    {NULL, 0, RULE, 0, 0},
    {"add", 2, RULE, 1, 1},
    {"sub", 2, RULE, 1, 1},
    {"mul", 2, RULE, 1, 1},
    {"div", 2, RULE, 1, 1},
    {"neg", 1, RULE, 1, 1},
    {"pow", 2, RULE, 1, 1},
    {"pow_constant", 2, RULE, 1, 1},
    {"pow_log", 3, RULE, 1, 1},
    {"square", 1, RULE, 1, 1},
    {"reciprocal", 1, RULE, 1, 1},
    {"abs", 1, RULE, 1, 1},
    {"sign", 1, RULE, 1, 1},
    {"step", 1, RULE, 1, 1},
    {"floor", 1, RULE, 1, 1},
    {"ceil", 1, RULE, 1, 1},
    {"where", 3, RULE, 1, 1},
    {"maximum", 2, RULE, 1, 1},
    {"minimum", 2, RULE, 1, 1},
    {"clip", 3, RULE, 1, 1},
    {"detach", 1, RULE, 1, 1},
    {"identity", 1, RULE, 1, 1},
    {"exp", 1, RULE, 1, 1},
    {"expm1", 1, RULE, 1, 1},
    {"exp2", 1, RULE, 1, 1},
    {"log", 1, RULE, 1, 1},
    {"log1p", 1, RULE, 1, 1},
    {"log2", 1, RULE, 1, 1},
    {"log10", 1, RULE, 1, 1},
    {"sqrt", 1, RULE, 1, 1},
    {"cbrt", 1, RULE, 1, 1},
    {"sin", 1, RULE, 1, 1},
    {"cos", 1, RULE, 1, 1},
    {"tan", 1, RULE, 1, 1},
    {"asin", 1, RULE, 1, 1},
    {"acos", 1, RULE, 1, 1},
    {"atan", 1, RULE, 1, 2},
    {"atan2", 2, RULE, 1, 2},
    {"sinh", 1, RULE, 1, 1},
    {"cosh", 1, RULE, 1, 1},
    {"tanh", 1, RULE, 1, 1},
    {"tanh_slope", 2, RULE, 1, 1},
    {"asinh", 1, RULE, 1, 2},
    {"acosh", 1, RULE, 1, 1},
    {"atanh", 1, RULE, 1, 1},
    {"hypot", 2, RULE, 0, 1},
    {"erf", 1, RULE, 1, 1},
    {"erfc", 1, RULE, 1, 1},
    {"lgamma", 1, RULE, 0, 2},
    {"digamma", 1, RULE, 0, 2},
    {"polygamma", 2, RULE, 0, 2},
    {"relu", 1, RULE, 1, 1},
    {"leaky_relu", 2, RULE, 1, 1},
    {"elu", 2, RULE, 1, 1},
    {"selu", 1, RULE, 1, 1},
    {"gelu", 1, RULE, 1, 1},
    {"silu", 1, RULE, 1, 1},
    {"softplus", 1, RULE, 1, 1},
    {"mish", 1, RULE, 1, 1},
    {"sigmoid", 1, RULE, 1, 1},
    {"logistic_density", 1, RULE, 1, 1},
    {"logistic_moment", 1, RULE, 1, 1},
    {"log_sigmoid", 1, RULE, 1, 1},
    {"hardtanh", 1, RULE, 1, 1},
    {"sum", 0, ONES, 1, 1},
    {"prod", 0, EACH, 1, 1},
    {"max", 0, EACH, 1, 1},
    {"min", 0, EACH, 1, 1},
    {"norm", 0, EACH, 0, 1},
    {"logsumexp", 0, EACH, 0, 1},
    {"dot", 0, SWAPPED, 0, 1},
    {"direction", 3, RULE, 1, 1},
    {"share", 3, RULE, 1, 1},
    {"log_share", 5, RULE, 1, 1},
    {"less", 2, RULE, 1, 1},
    {"less_equal", 2, RULE, 1, 1},
    {"equal", 2, RULE, 1, 1},
    {"not_equal", 2, RULE, 1, 1},
};

static double value_of(int row, const double *x)
{
    switch (row) {
    case ROW_ADD: return value_add(x[0], x[1]);
    case ROW_SUB: return value_sub(x[0], x[1]);
    case ROW_MUL: return value_mul(x[0], x[1]);
    case ROW_DIV: return divide(x[0], x[1]);
    case ROW_NEG: return value_neg(x[0]);
    case ROW_POW: return power(x[0], x[1]);
    case ROW_POW_CONSTANT: return power(x[0], x[1]);
    case ROW_POW_LOG: return of_pow_log(x[0], x[1], x[2]);
    case ROW_SQUARE: return value_square(x[0]);
    case ROW_RECIPROCAL: return value_reciprocal(x[0]);
    case ROW_ABS: return fabs(x[0]);
    case ROW_SIGN: return of_sign(x[0]);
    case ROW_STEP: return of_step(x[0]);
    case ROW_FLOOR: return floor(x[0]);
    case ROW_CEIL: return ceil(x[0]);
    case ROW_WHERE: return value_where(x[0], x[1], x[2]);
    case ROW_MAXIMUM: return maximum(x[0], x[1]);
    case ROW_MINIMUM: return minimum(x[0], x[1]);
    case ROW_CLIP: return of_clip(x[0], x[1], x[2]);
    case ROW_DETACH: return value_detach(x[0]);
    case ROW_IDENTITY: return value_identity(x[0]);
    case ROW_EXP: return exp(x[0]);
    case ROW_EXPM1: return expm1(x[0]);
    case ROW_EXP2: return exp2(x[0]);
    case ROW_LOG: return log(x[0]);
    case ROW_LOG1P: return inside_log1p(x[0]);
    case ROW_LOG2: return log2(x[0]);
    case ROW_LOG10: return log10(x[0]);
    case ROW_SQRT: return sqrt(x[0]);
    case ROW_CBRT: return cbrt(x[0]);
    case ROW_SIN: return sin(x[0]);
    case ROW_COS: return cos(x[0]);
    case ROW_TAN: return tan(x[0]);
    case ROW_ASIN: return inside_asin(x[0]);
    case ROW_ACOS: return inside_acos(x[0]);
    case ROW_ATAN: return atan(x[0]);
    case ROW_ATAN2: return atan2(x[0], x[1]);
    case ROW_SINH: return sinh(x[0]);
    case ROW_COSH: return cosh(x[0]);
    case ROW_TANH: return tanh(x[0]);
    case ROW_TANH_SLOPE: return of_tanh_slope(x[0], x[1]);
    case ROW_ASINH: return asinh(x[0]);
    case ROW_ACOSH: return inside_acosh(x[0]);
    case ROW_ATANH: return inside_atanh(x[0]);
    case ROW_ERF: return erf(x[0]);
    case ROW_ERFC: return erfc(x[0]);
    case ROW_RELU: return of_relu(x[0]);
    case ROW_LEAKY_RELU: return value_leaky_relu(x[0], x[1]);
    case ROW_ELU: return of_elu(x[0], x[1]);
    case ROW_SELU: return of_selu(x[0]);
    case ROW_GELU: return of_gelu(x[0]);
    case ROW_SILU: return of_silu(x[0]);
    case ROW_SOFTPLUS: return of_softplus(x[0]);
    case ROW_MISH: return of_mish(x[0]);
    case ROW_SIGMOID: return of_sigmoid(x[0]);
    case ROW_LOGISTIC_DENSITY: return of_logistic_density(x[0]);
    case ROW_LOGISTIC_MOMENT: return of_logistic_moment(x[0]);
    case ROW_LOG_SIGMOID: return of_log_sigmoid(x[0]);
    case ROW_HARDTANH: return value_hardtanh(x[0]);
    case ROW_DIRECTION: return value_direction(x[0], x[1], x[2]);
    case ROW_SHARE: return value_share(x[0], x[1], x[2]);
    case ROW_LOG_SHARE: return value_log_share(x[0], x[1], x[2], x[3], x[4]);
    case ROW_LESS: return value_less(x[0], x[1]);
    case ROW_LESS_EQUAL: return value_less_equal(x[0], x[1]);
    case ROW_EQUAL: return value_equal(x[0], x[1]);
    case ROW_NOT_EQUAL: return value_not_equal(x[0], x[1]);
    default: return NAN;
    }
}

static double value_of_any(int row, const double *x, Py_ssize_t n)
{
    switch (row) {
    case ROW_SUM: return sum_of(x, n);
    case ROW_PROD: return value_prod(x, n);
    case ROW_MAX: return value_max(x, n);
    case ROW_MIN: return value_min(x, n);
    default: return NAN;
    }
}

static int partials_in_c(int row, const double *x, double z, double *d)
{
    switch (row) {
    case ROW_ADD: return partials_add(x, z, d);
    case ROW_SUB: return partials_sub(x, z, d);
    case ROW_MUL: return partials_mul(x, z, d);
    case ROW_DIV: return partials_div(x, z, d);
    case ROW_NEG: return partials_neg(x, z, d);
    case ROW_POW: return partials_pow(x, z, d);
    case ROW_POW_CONSTANT: return partials_pow_constant(x, z, d);
    case ROW_POW_LOG: return partials_pow_log(x, z, d);
    case ROW_SQUARE: return partials_square(x, z, d);
    case ROW_RECIPROCAL: return partials_reciprocal(x, z, d);
    case ROW_ABS: return partials_abs(x, z, d);
    case ROW_SIGN: return partials_sign(x, z, d);
    case ROW_STEP: return partials_step(x, z, d);
    case ROW_FLOOR: return partials_floor(x, z, d);
    case ROW_CEIL: return partials_ceil(x, z, d);
    case ROW_WHERE: return partials_where(x, z, d);
    case ROW_MAXIMUM: return partials_maximum(x, z, d);
    case ROW_MINIMUM: return partials_minimum(x, z, d);
    case ROW_CLIP: return partials_clip(x, z, d);
    case ROW_DETACH: return partials_detach(x, z, d);
    case ROW_IDENTITY: return partials_identity(x, z, d);
    case ROW_EXP: return partials_exp(x, z, d);
    case ROW_EXPM1: return partials_expm1(x, z, d);
    case ROW_EXP2: return partials_exp2(x, z, d);
    case ROW_LOG: return partials_log(x, z, d);
    case ROW_LOG1P: return partials_log1p(x, z, d);
    case ROW_LOG2: return partials_log2(x, z, d);
    case ROW_LOG10: return partials_log10(x, z, d);
    case ROW_SQRT: return partials_sqrt(x, z, d);
    case ROW_CBRT: return partials_cbrt(x, z, d);
    case ROW_SIN: return partials_sin(x, z, d);
    case ROW_COS: return partials_cos(x, z, d);
    case ROW_TAN: return partials_tan(x, z, d);
    case ROW_ASIN: return partials_asin(x, z, d);
    case ROW_ACOS: return partials_acos(x, z, d);
    case ROW_ATAN: return partials_atan(x, z, d);
    case ROW_ATAN2: return partials_atan2(x, z, d);
    case ROW_SINH: return partials_sinh(x, z, d);
    case ROW_COSH: return partials_cosh(x, z, d);
    case ROW_TANH: return partials_tanh(x, z, d);
    case ROW_TANH_SLOPE: return partials_tanh_slope(x, z, d);
    case ROW_ASINH: return partials_asinh(x, z, d);
    case ROW_ACOSH: return partials_acosh(x, z, d);
    case ROW_ATANH: return partials_atanh(x, z, d);
    case ROW_HYPOT: return partials_hypot(x, z, d);
    case ROW_ERF: return partials_erf(x, z, d);
    case ROW_ERFC: return partials_erfc(x, z, d);
    case ROW_LGAMMA: return partials_lgamma(x, z, d);
    case ROW_DIGAMMA: return partials_digamma(x, z, d);
    case ROW_POLYGAMMA: return partials_polygamma(x, z, d);
    case ROW_RELU: return partials_relu(x, z, d);
    case ROW_LEAKY_RELU: return partials_leaky_relu(x, z, d);
    case ROW_ELU: return partials_elu(x, z, d);
    case ROW_SELU: return partials_selu(x, z, d);
    case ROW_GELU: return partials_gelu(x, z, d);
    case ROW_SILU: return partials_silu(x, z, d);
    case ROW_SOFTPLUS: return partials_softplus(x, z, d);
    case ROW_MISH: return partials_mish(x, z, d);
    case ROW_SIGMOID: return partials_sigmoid(x, z, d);
    case ROW_LOGISTIC_DENSITY: return partials_logistic_density(x, z, d);
    case ROW_LOGISTIC_MOMENT: return partials_logistic_moment(x, z, d);
    case ROW_LOG_SIGMOID: return partials_log_sigmoid(x, z, d);
    case ROW_HARDTANH: return partials_hardtanh(x, z, d);
    case ROW_DIRECTION: return partials_direction(x, z, d);
    case ROW_SHARE: return partials_share(x, z, d);
    case ROW_LOG_SHARE: return partials_log_share(x, z, d);
    case ROW_LESS: return partials_less(x, z, d);
    case ROW_LESS_EQUAL: return partials_less_equal(x, z, d);
    case ROW_EQUAL: return partials_equal(x, z, d);
    case ROW_NOT_EQUAL: return partials_not_equal(x, z, d);
    default: return 0;
    }
}

static int partials_of_any(int row, const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)
{
    switch (row) {
    case ROW_PROD: return partials_prod(x, n, z, d, g, t);
    case ROW_MAX: return partials_max(x, n, z, d, g, t);
    case ROW_MIN: return partials_min(x, n, z, d, g, t);
    case ROW_NORM: return partials_norm(x, n, z, d, g, t);
    case ROW_LOGSUMEXP: return partials_logsumexp(x, n, z, d, g, t);
    default: return 0;
    }
}

#define MOST_ARRAYS 3

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
static PyObject *method_logistic_density(PyObject *self, PyObject *none) { return unary(self, ROW_LOGISTIC_DENSITY); }
static PyObject *method_logistic_moment(PyObject *self, PyObject *none) { return unary(self, ROW_LOGISTIC_MOMENT); }
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
    {"logistic_density", method_logistic_density, METH_NOARGS, NULL},
    {"logistic_moment", method_logistic_moment, METH_NOARGS, NULL},
    {"log_sigmoid", method_log_sigmoid, METH_NOARGS, NULL},
    {"hardtanh", method_hardtanh, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL}};
