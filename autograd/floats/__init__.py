"""The values of operations on floats, with IEEE 754 results: nothing raises for a number."""
