"""From a graph to a program: numbered operations, made shorter, and put into groups that one loop can do."""
