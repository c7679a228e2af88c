"""Derivatives from elsewhere, by hand or by another library: read as arrays and judged by the values of a function."""
