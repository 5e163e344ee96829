"""What reelsift knows without AWS, a clock or I/O: the words of the design, and the laws they obey."""
