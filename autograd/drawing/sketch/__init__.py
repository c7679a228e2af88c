"""What is shown of a graph: its values by number, the parts of a model, rows folded into one."""
