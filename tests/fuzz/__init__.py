"""Every parser of what comes from outside, held against its laws with inputs made to break it."""
