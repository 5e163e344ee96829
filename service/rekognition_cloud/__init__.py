"""AWS on a loopback address, with Amazon Rekognition Video: moto's server and what it lacks for tests of video jobs.

`rekognition_cloud.process.CloudProcess` starts one from Python, `rekognition-cloud` from a terminal. README.md has the
control API, the knobs, and what is simulated.
"""
