"""The policy that is live, held against stored answers, and what follows from that: by the fleet, for the archive."""
