"""A module a parser. Each has `TARGET`."""
