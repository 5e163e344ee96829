"""The floor under the worker: the requests it makes, made by a program that does nothing else."""
