"""The C that benchmarks/engines/c.py compiles, each source behind that of benchmarks/engines/c_lanes.py.

The weights of a layer lie as in nn: for each neuron its weights, then its bias. Sizes are constants, as for every
engine that compiles.
"""

HINGE = r"""
#define WIDTH 16
#define GROUP 2 /* blocks side by side */
#define CHUNK 4 /* blocks whose units stay in the first cache */
#define AT_2 (3 * WIDTH)
#define AT_3 (AT_2 + WIDTH * (WIDTH + 1))
#define PARAMETERS (AT_3 + WIDTH + 1)

/* Add the gradient over some blocks to `total`, and return their losses. */
INLINE vec pass(const double *p, const vec *x, const vec *y, int blocks, vec *total) {
    static vec h1[CHUNK * WIDTH], h2[CHUNK * WIDTH], d2[CHUNK * WIDTH], d3[CHUNK];
    vec losses = {}, score[GROUP];
    for (int b = 0; b < blocks; b += GROUP) {
        int at = b * WIDTH;
        product(p, 3, 1, p + 2, 2, WIDTH, x + 2 * b, h1 + at, RELU, 8, GROUP);
        product(p + AT_2, WIDTH + 1, 1, p + AT_2 + WIDTH, WIDTH, WIDTH, h1 + at, h2 + at, RELU, 8, GROUP);
        product(p + AT_3, WIDTH + 1, 1, p + AT_3 + WIDTH, WIDTH, 1, h2 + at, score, PLAIN, 1, GROUP);
        for (int g = 0; g < GROUP; g++, at += WIDTH) {
            vec margin = 1.0 - y[b + g] * score[g];
            losses += keep_where((margin > 0.0) & (y[b + g] != 0.0), margin); /* y is 0 in rows past the end */
            d3[b + g] = keep_where(margin > 0.0, y[b + g] * (-1.0 / ROWS));
            UNROLL for (int j = 0; j < WIDTH; j++)
                d2[at + j] = keep_where(h2[at + j] > 0.0, p[AT_3 + j] * d3[b + g]);
        }
    }
    outer(d3, h2, blocks, WIDTH, 1, total + AT_3, 1, 16);
    outer(d2, h1, blocks, WIDTH, WIDTH, total + AT_2, 4, 4);
    for (int b = 0; b < blocks; b += GROUP) /* the derivatives take the place of the units */
        product(p + AT_2, 1, WIDTH + 1, 0, WIDTH, WIDTH, d2 + b * WIDTH, h1 + b * WIDTH, GATED, 8, GROUP);
    outer(h1, x, blocks, 2, WIDTH, total, 8, 2);
    return losses;
}

INLINE double gradient_of(const double *p, const vec *x, const vec *y, double *gradient) {
    vec total[PARAMETERS] = {}, losses = {};
    double loss;
    for (int b = 0; b < BLOCKS; b += CHUNK) {
        int left = BLOCKS - b;
        losses += pass(p, x + 2 * b, y + b, left < CHUNK ? left : CHUNK, total);
    }
    sums(total, PARAMETERS, gradient);
    sums(&losses, 1, &loss);
    return loss / ROWS;
}

static vec x[BLOCKS * 2], y[BLOCKS];
INLINE void load(const double *X, const double *Y) { into_lanes(X, 2, x), into_lanes(Y, 1, y); }
"""

SOFTMAX = r"""
#define HIDDEN 32
#define CLASSES 10
#define AT_2 (HIDDEN * (INPUTS + 1))
#define PARAMETERS (AT_2 + CLASSES * (HIDDEN + 1))
static vec x[BLOCKS * INPUTS], y[BLOCKS * CLASSES];
static const double *rows;

/* Like `outer`, but for all ROWS rows, with lanes over the inputs: nothing is left to add up across lanes. */
INLINE void outer_over_inputs(const vec *d, double *gradient) {
    for (int first = 0; first < HIDDEN; first += 4) {
        for (int from = 0; from < INPUTS; from += 4 * LANES) {
            vec sum[4][4] = {};
            for (int r = 0; r < ROWS; r++)
                UNROLL for (int j = 0; j < 4; j++)
                    UNROLL for (int k = 0; k < 4; k++)
                        sum[j][k] += ((const double *)&d[r / LANES * HIDDEN + first + j])[r % LANES]
                                   * *(const loose *)(rows + r * INPUTS + from + k * LANES);
            UNROLL for (int j = 0; j < 4; j++)
                UNROLL for (int k = 0; k < 4; k++)
                    *(loose *)(gradient + (first + j) * (INPUTS + 1) + from + k * LANES) = sum[j][k];
        }
    }
    for (int j = 0; j < HIDDEN; j++) {
        vec sum = {};
        for (int b = 0; b < BLOCKS; b++) sum += d[b * HIDDEN + j];
        sums(&sum, 1, gradient + j * (INPUTS + 1) + INPUTS);
    }
}

INLINE double gradient_of(const double *p, const vec *x, const vec *y, double *gradient) {
    static vec h[BLOCKS * HIDDEN], z[BLOCKS * CLASSES], e[BLOCKS * CLASSES];
    vec total[PARAMETERS - AT_2] = {};
    double losses[ROWS], loss = 0.0;
    product(p, INPUTS + 1, 1, p + INPUTS, INPUTS, HIDDEN, x, h, RELU, 16 / BLOCKS, BLOCKS);
    product(p + AT_2, HIDDEN + 1, 1, p + AT_2 + HIDDEN, HIDDEN, CLASSES, h, z, PLAIN, 20 / BLOCKS, BLOCKS);
    for (int b = 0; b < BLOCKS; b++) {
        vec *logits = z + b * CLASSES, top = logits[0], right = {};
        for (int j = 1; j < CLASSES; j++) top += relu(logits[j] - top);
        for (int j = 0; j < CLASSES; j++) right += y[b * CLASSES + j] * (logits[j] -= top);
        for (int i = 0; i < LANES; i++) losses[b * LANES + i] = -right[i];
    }
    for (int i = 0; i < ROWS * CLASSES; i++) ((double *)e)[i] = exp(((double *)z)[i]); /* libmvec's */
    for (int b = 0; b < BLOCKS; b++) {
        vec sum = {};
        for (int j = 0; j < CLASSES; j++) sum += e[b * CLASSES + j];
        vec scale = 1.0 / (sum * ROWS);
        for (int k = b * CLASSES; k < (b + 1) * CLASSES; k++) z[k] = e[k] * scale - y[k] * (1.0 / ROWS);
        for (int i = 0; i < LANES; i++) losses[b * LANES + i] += log(sum[i]);
    }
    outer(z, h, BLOCKS, HIDDEN, CLASSES, total, 5, 4);
    sums(total, PARAMETERS - AT_2, gradient + AT_2);
    product(p + AT_2, 1, HIDDEN + 1, 0, CLASSES, HIDDEN, z, h, GATED, 16 / BLOCKS, BLOCKS);
    outer_over_inputs(h, gradient);
    for (int i = 0; i < ROWS; i++) loss += losses[i];
    return loss / ROWS;
}

INLINE void load(const double *X, const double *Y) {
    into_lanes(X, INPUTS, x), into_lanes(Y, CLASSES, y);
    rows = X;
}
"""

STEPS = r"""
void once(const double *p, const double *X, const double *Y, double *out) {
    load(X, Y);
    out[0] = gradient_of(p, x, y, out + 1);
}

void train(double *p, const double *X, const double *Y, double *losses, int steps, double lr) {
    static double gradient[PARAMETERS];
    load(X, Y);
    for (int t = 0; t < steps; t++) {
        losses[t] = gradient_of(p, x, y, gradient);
        for (int i = 0; i < PARAMETERS; i++) p[i] -= lr * gradient[i];
    }
}
"""

WORKED = r"""
INLINE void layer(const double *w, const double *x, double *z, int inputs, int outputs) {
    UNROLL for (int j = 0; j < outputs; j++) {
        double sum = 0.0;
        UNROLL for (int k = 0; k < inputs; k++) sum += w[j * inputs + k] * x[k];
        z[j] = 1.0 / (1.0 + exp(-sum));
    }
}

/* Update the weights of a layer. Turn the derivatives with respect to its sums into those with respect to the sums of
   the layer before. */
INLINE void back(double *w, const double *x, const double *d, double *before, int inputs, int outputs, double lr) {
    UNROLL for (int k = 0; k < inputs; k++) {
        double sum = 0.0;
        UNROLL for (int j = 0; j < outputs; j++) {
            sum += w[j * inputs + k] * d[j];
            w[j * inputs + k] -= lr * d[j] * x[k];
        }
        if (before) before[k] = sum * x[k] * (1.0 - x[k]);
    }
}

void train(double *given, const double *x, const double *t, double *losses, int steps, double lr) {
    double p[18], a[2], b[3], c[2], da[2], db[3], dc[2];
    memcpy(p, given, sizeof p);
    for (int n = 0; n < steps; n++) {
        layer(p, x, a, 3, 2), layer(p + 6, a, b, 2, 3), layer(p + 12, b, c, 3, 2);
        losses[n] = 0.5 * ((c[0] - t[0]) * (c[0] - t[0]) + (c[1] - t[1]) * (c[1] - t[1]));
        for (int j = 0; j < 2; j++) dc[j] = (c[j] - t[j]) * c[j] * (1.0 - c[j]);
        back(p + 12, b, dc, db, 3, 2, lr), back(p + 6, a, db, da, 2, 3, lr), back(p, x, da, 0, 3, 2, lr);
    }
    memcpy(given, p, sizeof p);
}
"""

ROSENBROCK = r"""
void gradient(const double *restrict x, double *restrict out) {
    double value = 0.0, *g = out + 1;
    g[N - 1] = 0.0;
    for (int i = 0; i < N - 1; i++) {
        double a = x[i + 1] - x[i] * x[i], b = 1.0 - x[i];
        value += 100.0 * a * a + b * b;
        g[i] = -400.0 * a * x[i] - 2.0 * b;
    }
    for (int i = 1; i < N; i++) g[i] += 200.0 * (x[i] - x[i - 1] * x[i - 1]);
    out[0] = value;
}

void diagonals(const double *restrict x, double *restrict main, double *restrict off) {
    main[0] = 1200.0 * x[0] * x[0] - 400.0 * x[1] + 2.0;
    for (int i = 1; i < N - 1; i++) main[i] = 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 202.0;
    main[N - 1] = 200.0;
    for (int i = 0; i < N - 1; i++) off[i] = -400.0 * x[i];
}

void hessian(const double *restrict x, double *restrict h) {
    double main[N], off[N];
    diagonals(x, main, off);
    memset(h, 0, N * N * sizeof *h);
    for (int i = 0; i < N; i++) h[i * (N + 1)] = main[i];
    for (int i = 0; i < N - 1; i++) h[i * (N + 1) + 1] = h[i * (N + 1) + N] = off[i];
}

double pair(double x, double y, double *g) {
    g[0] = y + 1.0, g[1] = x;
    return x * y + x;
}
"""
