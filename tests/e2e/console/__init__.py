"""A package, so that fixtures of its scope end with the last test that is here."""
