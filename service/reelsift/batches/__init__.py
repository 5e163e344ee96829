"""Batches: submitted, sent a little ahead, retried, paused, cancelled, and watched until they end."""
