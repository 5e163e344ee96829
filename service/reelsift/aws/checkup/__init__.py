"""Looks at everything a deployment needs, and says what is wrong with it and how to mend that."""

from reelsift.aws.checkup.examination import examine
from reelsift.aws.checkup.finding import Finding, Grade

__all__ = ["Finding", "Grade", "examine"]
