"""A small clip goes through the deployed system, and every hop is timed."""
