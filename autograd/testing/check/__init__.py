"""The judge: derivatives by the chain rule against differences of values, and what a message says of them."""
