"""What is asked: the status of deployment and batches, progress, forecasts, findings, one video."""
