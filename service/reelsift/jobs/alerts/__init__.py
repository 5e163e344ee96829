"""Alerts: published once a video, and gathered into mail that a person can bear."""
