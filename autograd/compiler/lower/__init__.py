"""From a program to a plan: which slot each value has, and which steps make it, whatever they will be written in."""
