class NotEvaluated(Exception):
    """Something IAM knows and this package does not, on which a decision would depend; the message names it."""
