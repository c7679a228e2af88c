"""What a compiled function says of itself."""

from __future__ import annotations

from typing import NamedTuple

from autograd.output.printing import shown


class Report(NamedTuple):
    """How a function is computed; `str()` has a line for each fact."""

    operations: int  # of the program
    tier: str
    groups: int  # loops of the interpreter, or functions of straight-line code, entered per block of rows
    lanes: int  # rows that are computed side by side
    seconds: float  # to record, simplify, lay out and compile
    opaque: tuple[str, ...]  # ops that Python computes

    def __str__(self) -> str:
        lines = [
            f"operations    {self.operations:,}",
            f"tier          {self.tier}",
            f"groups        {self.groups:,}",
            f"lanes         {self.lanes}",
            f"compile time  {self.seconds * 1e3:.1f} ms",
        ]
        return "\n".join([*lines, f"in Python     {', '.join(map(shown, self.opaque))}"] if self.opaque else lines)
