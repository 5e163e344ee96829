"""Delivered S3 inventories become batches, and their data files chunks."""
