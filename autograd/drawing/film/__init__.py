"""The backward pass step by step: as an animation, and in a player."""
