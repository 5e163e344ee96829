"""From chunks to messages, a little ahead of the workers."""
