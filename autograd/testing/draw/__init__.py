"""What hypothesis draws: the domains of operations, points in them, and whole expressions."""
