"""From sources to a batch: what they list, what it will cost, and the batch that is written."""
