"""The chain rule with numbers, as text and as LaTeX."""
