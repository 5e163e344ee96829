"""A policy held against what is stored: what would change. Writes nothing."""
