"""Lines that ended are opened again."""
