"""What leaves the library: text made safe to show, and files written whole or not at all."""
