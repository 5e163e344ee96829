"""What differs between one analysis and the next: a module each, listed in `reelsift.domain.analysis`."""
