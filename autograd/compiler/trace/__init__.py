"""From a call to a graph: arguments taken apart, and every operation on them recorded."""
