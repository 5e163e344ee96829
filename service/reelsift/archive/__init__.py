"""The columnar copy of all answers, against which policies are tested."""
