"""The C that stands before every source in benchmarks/engines/c_sources.py: lanes over the rows.

`vec` holds 8 doubles with AVX-512 and 4 elsewhere; a block is that many rows.
"""

LANES = r"""
#include <math.h>
#include <string.h>
#if defined(__AVX512F__)
#define LANES 8
#else
#define LANES 4
#endif
#ifndef ROWS
#define ROWS 1
#endif
#define BLOCKS ((ROWS + 2 * LANES - 1) / (2 * LANES) * 2) /* an even number */
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")
typedef double vec __attribute__((vector_size(8 * LANES)));
typedef double loose __attribute__((vector_size(8 * LANES), aligned(8)));
typedef long long mask __attribute__((vector_size(8 * LANES)));

INLINE vec keep_where(mask condition, vec x) { return (vec)(condition & (mask)x); }
INLINE vec relu(vec x) { return keep_where(x > 0.0, x); }

/* Add up the lanes of each of `count` vectors; LANES vectors at a time, by halves. */
INLINE void sums(const vec *x, int count, double *out) {
    int first = 0;
#if LANES == 8
    for (; first + 8 <= count; first += 8) {
        vec a[8], b[4];
        UNROLL for (int i = 0; i < 4; i++) {
            vec lower = x[first + 2 * i], upper = x[first + 2 * i + 1];
            a[i] = __builtin_shuffle(lower, upper, (mask){0, 8, 2, 10, 4, 12, 6, 14})
                 + __builtin_shuffle(lower, upper, (mask){1, 9, 3, 11, 5, 13, 7, 15});
        }
        UNROLL for (int i = 0; i < 2; i++)
            b[i] = __builtin_shuffle(a[2 * i], a[2 * i + 1], (mask){0, 1, 8, 9, 4, 5, 12, 13})
                 + __builtin_shuffle(a[2 * i], a[2 * i + 1], (mask){2, 3, 10, 11, 6, 7, 14, 15});
        vec all = __builtin_shuffle(b[0], b[1], (mask){0, 1, 2, 3, 8, 9, 10, 11})
                + __builtin_shuffle(b[0], b[1], (mask){4, 5, 6, 7, 12, 13, 14, 15});
        UNROLL for (int i = 0; i < 8; i++) out[first + i] = all[i];
    }
#endif
    for (; first < count; first++) {
        double total = 0.0;
        UNROLL for (int i = 0; i < LANES; i++) total += x[first][i];
        out[first] = total;
    }
}

enum { PLAIN, RELU, GATED };

/* z[block][output] = start + sum of w * x[block][input]; `tile` outputs of `group` blocks at a time, in registers.
   With RELU, that is applied to the result; with GATED, the result is 0 where z was not positive before. */
INLINE void product(const double *w, int by_output, int by_input, const double *start, int inputs, int outputs,
                    const vec *x, vec *z, const int then, const int tile, const int group) {
    for (int first = 0; first < outputs; first += tile) {
        vec sum[24];
        UNROLL for (int j = 0; j < tile; j++)
            UNROLL for (int g = 0; g < group; g++)
                sum[j * group + g] = (vec){} + (start ? start[(first + j) * by_output] : 0.0);
        for (int k = 0; k < inputs; k++)
            UNROLL for (int j = 0; j < tile; j++)
                UNROLL for (int g = 0; g < group; g++)
                    sum[j * group + g] += w[(first + j) * by_output + k * by_input] * x[g * inputs + k];
        UNROLL for (int j = 0; j < tile; j++)
            UNROLL for (int g = 0; g < group; g++) {
                vec *to = z + g * outputs + first + j, found = sum[j * group + g];
                *to = then == RELU ? relu(found) : then == GATED ? keep_where(*to > 0.0, found) : found;
            }
    }
}

/* total[output][input] += d * x over some blocks; to the last column, that of the bias, d is added.
   A tile of `tall` by `wide` sums is kept in registers. */
INLINE void outer(const vec *d, const vec *x, int blocks, int inputs, int outputs, vec *total,
                  const int tall, const int wide) {
    for (int first = 0; first < outputs; first += tall) {
        vec *row = total + first * (inputs + 1);
        for (int from = 0; from < inputs; from += wide) {
            vec sum[24];
            UNROLL for (int j = 0; j < tall; j++)
                UNROLL for (int k = 0; k < wide; k++) sum[j * wide + k] = row[j * (inputs + 1) + from + k];
            for (int b = 0; b < blocks; b++)
                UNROLL for (int j = 0; j < tall; j++)
                    UNROLL for (int k = 0; k < wide; k++)
                        sum[j * wide + k] += d[b * outputs + first + j] * x[b * inputs + from + k];
            UNROLL for (int j = 0; j < tall; j++)
                UNROLL for (int k = 0; k < wide; k++) row[j * (inputs + 1) + from + k] = sum[j * wide + k];
        }
        for (int b = 0; b < blocks; b++)
            UNROLL for (int j = 0; j < tall; j++) row[j * (inputs + 1) + inputs] += d[b * outputs + first + j];
    }
}

/* Put rows into lanes; rows past the end are 0. */
INLINE void into_lanes(const double *rows, int columns, vec *lanes) {
    for (int b = 0; b < BLOCKS; b++)
        for (int i = 0; i < LANES; i++)
            for (int k = 0; k < columns; k++)
                ((double *)&lanes[b * columns + k])[i] =
                    b * LANES + i < ROWS ? rows[(b * LANES + i) * columns + k] : 0.0;
}
"""
