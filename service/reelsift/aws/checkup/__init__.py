"""Examines everything a deployment needs: what is wrong with it, and what to do about that."""

from reelsift.aws.checkup.examination import examine
from reelsift.aws.checkup.finding import Finding, Grade, Remedy

__all__ = ["Finding", "Grade", "Remedy", "examine"]
