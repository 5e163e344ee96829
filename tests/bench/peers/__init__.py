"""What a user would otherwise run, as small programs of their own."""
