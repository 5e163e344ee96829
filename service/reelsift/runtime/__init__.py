"""What the loops of a process run on: pace, signals, liveness, time."""
