"""Where a worker is put together from the other rooms, started, and drained. Nothing of the work itself is here."""
