"""Rekognition Video, added to moto: jobs that take time, a quota, a completion message, pages of detections."""
