"""Layers with a wide input: the products of their weights with the rows of an array, left to BLAS where SciPy has it.

A block of rows is a matrix as it lies in the array, so nothing has to be turned round, neither for the
outputs of the layer nor for the sum of its gradient over rows. One slot after another is a matrix too.
"""

from __future__ import annotations

from autograd.compiler.lower.blas import blas

NAMES = ("project", "gather")

CODE = """
define internal void @gemm(i8 %t, i64 %m, i64 %n, i64 %k, ptr %a, i64 %lda, ptr %b, i64 %ldb, ptr %c, i64 %ldc) {
entry:
  %chars = alloca [2 x i8]
  %n_char = getelementptr i8, ptr %chars, i64 1
  store i8 %t, ptr %chars
  store i8 78, ptr %n_char
  %ints = alloca [6 x i32]
  STORES
  %one = alloca double
  store double 1.0, ptr %one
  %vector = icmp eq i64 %n, 1
  br i1 %vector, label %single, label %several
single:
  %turned = icmp eq i8 %t, 84
  %height = select i1 %turned, ptr %p2, ptr %p0
  %width = select i1 %turned, ptr %p0, ptr %p2
  %step = alloca i32
  store i32 1, ptr %step
  call void DGEMV(ptr %chars, ptr %height, ptr %width, ptr %one, ptr %a, ptr %p3, ptr %b, ptr %step, ptr %one, ptr %c,
    ptr %step)
  ret void
several:
  call void DGEMM(ptr %chars, ptr %n_char, ptr %p0, ptr %p1, ptr %p2, ptr %one, ptr %a, ptr %p3, ptr %b, ptr %p4,
    ptr %one, ptr %c, ptr %p5)
  ret void
}

; The rows of a block as a matrix: in their array where they lie one after the other, else copied to %room.
define internal ptr @rows(ptr %call, i64 %array, i64 %column, i64 %k, i64 %first, i64 %valid, ptr %room, ptr %ld) {
entry:
  %pi = getelementptr i64, ptr %call, i64 1
  %index = load ptr, ptr %pi
  %pair = shl i64 %array, 1
  %word = add i64 %pair, 4
  %pb = getelementptr i64, ptr %call, i64 %word
  %base = load ptr, ptr %pb
  %ps = getelementptr i64, ptr %pb, i64 1
  %stride = load i64, ptr %ps
  %start = getelementptr i64, ptr %index, i64 %first
  %row0 = load i64, ptr %start
  br label %look
look:
  %i = phi i64 [ 0, %entry ], [ %i1, %same ]
  %more = icmp ult i64 %i, %valid
  br i1 %more, label %compare, label %together
compare:
  %pr = getelementptr i64, ptr %start, i64 %i
  %row = load i64, ptr %pr
  %expected = add i64 %row0, %i
  %is = icmp eq i64 %row, %expected
  br i1 %is, label %same, label %copy
same:
  %i1 = add i64 %i, 1
  br label %look
together:
  store i64 %stride, ptr %ld
  %from = mul i64 %row0, %stride
  %at = add i64 %from, %column
  %there = getelementptr double, ptr %base, i64 %at
  ret ptr %there
copy:
  %j = phi i64 [ 0, %compare ], [ %j1, %one ]
  %left = icmp ult i64 %j, %valid
  br i1 %left, label %one, label %copied
one:
  %pj = getelementptr i64, ptr %start, i64 %j
  %rowj = load i64, ptr %pj
  %fromj = mul i64 %rowj, %stride
  %atj = add i64 %fromj, %column
  %source = getelementptr double, ptr %base, i64 %atj
  %place = mul i64 %j, %k
  %target = getelementptr double, ptr %room, i64 %place
  %bytes = shl i64 %k, 3
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %source, i64 %bytes, i1 false)
  %j1 = add i64 %j, 1
  br label %copy
copied:
  store i64 %k, ptr %ld
  ret ptr %room
}

define internal i64 @entry(ptr %table, i64 %place) {
  %p = getelementptr i32, ptr %table, i64 %place
  %x = load i32, ptr %p
  %y = zext i32 %x to i64
  ret i64 %y
}

define internal i64 @valid(ptr %call, i64 %block) {
  %rows = load i64, ptr %call
  %first = mul i64 %block, LANES
  %left = sub i64 %rows, %first
  %few = icmp slt i64 %left, LANES
  %valid = select i1 %few, i64 %left, i64 LANES
  ret i64 %valid
}

; v[dst + j] = start[j] + weights[j] . row. Table: array, column, weights, step, room, whether there are starts, starts.
define void @project(PARAMETERS) {
entry:
  %ld = alloca i64
  %valid = call i64 @valid(ptr %call, i64 %block)
  %first = mul i64 %block, LANES
  %array = call i64 @entry(ptr %table, i64 0)
  %column = call i64 @entry(ptr %table, i64 1)
  %weights = call i64 @entry(ptr %table, i64 2)
  %step = call i64 @entry(ptr %table, i64 3)
  %slot = call i64 @entry(ptr %table, i64 4)
  %starts = call i64 @entry(ptr %table, i64 5)
  %with = icmp ne i64 %starts, 0
  %begin = mul i64 %dst, LANES
  %c = getelementptr double, ptr %v, i64 %begin
  %end = mul i64 %count, LANES
  br label %fill
fill:
  %i = phi i64 [ 0, %entry ], [ %i1, %write ]
  %more = icmp ult i64 %i, %end
  br i1 %more, label %which, label %filled
which:
  br i1 %with, label %bias, label %write
bias:
  %j = udiv i64 %i, LANES
  %j6 = add i64 %j, 6
  %b = call i64 @entry(ptr %table, i64 %j6)
  %pbias = getelementptr double, ptr %u, i64 %b
  %found = load double, ptr %pbias
  br label %write
write:
  %x = phi double [ 0.0, %which ], [ %found, %bias ]
  %pc = getelementptr double, ptr %c, i64 %i
  store double %x, ptr %pc
  %i1 = add i64 %i, 1
  br label %fill
filled:
  %at = mul i64 %slot, LANES
  %room = getelementptr double, ptr %v, i64 %at
  %rows = call ptr @rows(ptr %call, i64 %array, i64 %column, i64 %k, i64 %first, i64 %valid, ptr %room, ptr %ld)
  %stride = load i64, ptr %ld
  %w = getelementptr double, ptr %u, i64 %weights
  call void @gemm(i8 84, i64 %valid, i64 %count, i64 %k, ptr %rows, i64 %stride, ptr %w, i64 %step, ptr %c, i64 LANES)
  ret void
}

; u[out + j * step + k] += sum over rows of slope[j] * row[k], of the rows whose guard holds. A slope that does not
; count is 0.0 here, which times a finite input adds nothing; with an infinite one the sum is done number by number.
; Table: array, column, out, step, room for rows, room for slopes, then slots: slope and 1 + guard, or 0.
define void @gather(PARAMETERS) {
entry:
  %ld = alloca i64
  %valid = call i64 @valid(ptr %call, i64 %block)
  %first = mul i64 %block, LANES
  %array = call i64 @entry(ptr %table, i64 0)
  %column = call i64 @entry(ptr %table, i64 1)
  %out = call i64 @entry(ptr %table, i64 2)
  %step = call i64 @entry(ptr %table, i64 3)
  %slot = call i64 @entry(ptr %table, i64 4)
  %slot2 = call i64 @entry(ptr %table, i64 5)
  %at = mul i64 %slot, LANES
  %room = getelementptr double, ptr %v, i64 %at
  %rows = call ptr @rows(ptr %call, i64 %array, i64 %column, i64 %k, i64 %first, i64 %valid, ptr %room, ptr %ld)
  %stride = load i64, ptr %ld
  %at2 = mul i64 %slot2, LANES
  %slopes = getelementptr double, ptr %v, i64 %at2
  %c = getelementptr double, ptr %u, i64 %out
  br label %each
each:
  %j = phi i64 [ 0, %entry ], [ %j1, %next ]
  %guards = phi i64 [ 0, %entry ], [ %guards1, %next ]
  %more = icmp ult i64 %j, %count
  br i1 %more, label %slope, label %masked
slope:
  %two = shl i64 %j, 1
  %t6 = add i64 %two, 6
  %t7 = add i64 %two, 7
  %a = call i64 @entry(ptr %table, i64 %t6)
  %guard1 = call i64 @entry(ptr %table, i64 %t7)
  %guarded = icmp ne i64 %guard1, 0
  %g1 = zext i1 %guarded to i64
  %guards1 = or i64 %guards, %g1
  %guard0 = sub i64 %guard1, 1
  %guard = select i1 %guarded, i64 %guard0, i64 %a
  %pa = mul i64 %a, LANES
  %pg = mul i64 %guard, LANES
  %pt = mul i64 %j, LANES
  br label %lane
lane:
  %i = phi i64 [ 0, %slope ], [ %i1, %counted ]
  %inside = icmp ult i64 %i, %valid
  br i1 %inside, label %counted, label %next
counted:
  %ai = add i64 %pa, %i
  %qa = getelementptr double, ptr %v, i64 %ai
  %x = load double, ptr %qa
  %gi = add i64 %pg, %i
  %qg = getelementptr double, ptr %v, i64 %gi
  %g = load double, ptr %qg
  %holds0 = fcmp une double %g, 0.0
  %free = xor i1 %guarded, true
  %holds = or i1 %holds0, %free
  %y = select i1 %holds, double %x, double 0.0
  %ti = add i64 %pt, %i
  %qt = getelementptr double, ptr %slopes, i64 %ti
  store double %y, ptr %qt
  %i1 = add i64 %i, 1
  br label %lane
next:
  %j1 = add i64 %j, 1
  br label %each
masked:
  %any = icmp ne i64 %guards, 0
  br i1 %any, label %finite, label %multiply
finite:
  %r = phi i64 [ 0, %masked ], [ %r1, %rowdone ]
  %seen = phi double [ 0.0, %masked ], [ %seen1, %rowdone ]
  %rmore = icmp ult i64 %r, %valid
  br i1 %rmore, label %onerow, label %judged
onerow:
  %rs = mul i64 %r, %stride
  %prow = getelementptr double, ptr %rows, i64 %rs
  br label %number
number:
  %n = phi i64 [ 0, %onerow ], [ %n1, %looked ]
  %seen1 = phi double [ %seen, %onerow ], [ %seen2, %looked ]
  %nmore = icmp ult i64 %n, %k
  br i1 %nmore, label %looked, label %rowdone
looked:
  %pn = getelementptr double, ptr %prow, i64 %n
  %xn = load double, ptr %pn
  %zero = fmul double %xn, 0.0
  %seen2 = fadd double %seen1, %zero
  %n1 = add i64 %n, 1
  br label %number
rowdone:
  %r1 = add i64 %r, 1
  br label %finite
judged:
  %bad = fcmp uno double %seen, %seen
  br i1 %bad, label %slowly, label %multiply
multiply:
  call void @gemm(i8 78, i64 %k, i64 %count, i64 %valid, ptr %rows, i64 %stride, ptr %slopes, i64 LANES, ptr %c,
    i64 %step)
  ret void
slowly:
  %sj = phi i64 [ 0, %judged ], [ %sj1, %sjdone ]
  %sjmore = icmp ult i64 %sj, %count
  br i1 %sjmore, label %srow, label %done
srow:
  %si = phi i64 [ 0, %slowly ], [ %si1, %sidone ]
  %simore = icmp ult i64 %si, %valid
  br i1 %simore, label %sguard, label %sjdone
sguard:
  %stwo = shl i64 %sj, 1
  %st6 = add i64 %stwo, 6
  %st7 = add i64 %stwo, 7
  %sa = call i64 @entry(ptr %table, i64 %st6)
  %sg1 = call i64 @entry(ptr %table, i64 %st7)
  %sfree = icmp eq i64 %sg1, 0
  %sg0 = sub i64 %sg1, 1
  %sguardslot = select i1 %sfree, i64 %sa, i64 %sg0
  %sgm = mul i64 %sguardslot, LANES
  %sgi = add i64 %sgm, %si
  %qsg = getelementptr double, ptr %v, i64 %sgi
  %sg = load double, ptr %qsg
  %sh0 = fcmp une double %sg, 0.0
  %sh = or i1 %sh0, %sfree
  br i1 %sh, label %sk, label %sidone
sk:
  %skk = phi i64 [ 0, %sguard ], [ %skk1, %sadd ]
  %skmore = icmp ult i64 %skk, %k
  br i1 %skmore, label %sadd, label %sidone
sadd:
  %sjl = mul i64 %sj, LANES
  %sjli = add i64 %sjl, %si
  %qss = getelementptr double, ptr %slopes, i64 %sjli
  %ss = load double, ptr %qss
  %srs = mul i64 %si, %stride
  %srk = add i64 %srs, %skk
  %qsx = getelementptr double, ptr %rows, i64 %srk
  %sx = load double, ptr %qsx
  %sp = fmul double %ss, %sx
  %sjs = mul i64 %sj, %step
  %sjk = add i64 %sjs, %skk
  %qsc = getelementptr double, ptr %c, i64 %sjk
  %sc = load double, ptr %qsc
  %snew = fadd double %sc, %sp
  store double %snew, ptr %qsc
  %skk1 = add i64 %skk, 1
  br label %sk
sidone:
  %si1 = add i64 %si, 1
  br label %srow
sjdone:
  %sj1 = add i64 %sj, 1
  br label %slowly
done:
  ret void
}

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


def code(lanes: int, parameters: str) -> str:
    """Return the IR of project and gather for blocks of so many rows."""
    stores = []
    for k, x in enumerate(("m", "n", "k", "lda", "ldb", "ldc")):
        stores += [f"%i{k} = trunc i64 %{x} to i32", f"%p{k} = getelementptr i32, ptr %ints, i64 {k}",
                   f"store i32 %i{k}, ptr %p{k}"]  # fmt: skip
    text = CODE.replace("STORES", "\n  ".join(stores)).replace("LANES", str(lanes)).replace("PARAMETERS", parameters)
    for name in ("dgemm", "dgemv"):
        text = text.replace(name.upper(), f"inttoptr (i64 {blas(name)} to ptr)")
    return text
