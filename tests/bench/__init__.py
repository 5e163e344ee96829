"""`make bench`: what reelsift takes for how much, measured against the embedded cloud on this machine."""
