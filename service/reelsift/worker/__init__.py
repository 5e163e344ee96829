"""The flow from a queue's message to a CLOSED job: a file a step, and the lifecycle that runs and drains them."""
