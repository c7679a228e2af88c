"""A sketch as DOT, and DOT as a picture."""
