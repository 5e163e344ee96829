"""Reads what became of every line and writes it down; `reports` has the documents themselves."""
