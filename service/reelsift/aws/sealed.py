"""Names of the indexes of sealed videos."""

LISTED_INDEX = "listed"
"""Sparse index of the table of sealed videos: one row of each, by the time since when it is sealed."""

SEALING_INDEX = "sealing"
"""Sparse index of the table of reviews: videos that are to be sealed, or unsealed, by the time at which to go on."""
