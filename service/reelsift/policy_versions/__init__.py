"""Versions of the policy: how the first is made, how another goes live, and which hold where."""
