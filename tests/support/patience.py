"""How long a test waits before it takes what it waits for for hung."""

PATIENCE_S = 240.0
"""Many times what anything here takes, so that a machine with other work to do is slow, and fails nothing.

It only ends what hangs. What must come soon is held by what must not have happened before it, not by a time.
"""
