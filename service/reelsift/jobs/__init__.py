"""A job from its admission to its end: slot, Start, status, answer, result, and what follows the result."""
