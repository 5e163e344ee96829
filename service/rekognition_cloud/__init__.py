"""The embedded cloud: moto's server with Rekognition Video added to it, for trying reelsift and for testing it.

Nothing here is imported by the service itself; `python -m rekognition_cloud` starts it as a process of its own.
"""
