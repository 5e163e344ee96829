"""What arrives on the queues, and what becomes of each message."""
