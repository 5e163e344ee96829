"""Who is admitted: on this machine by a token, behind a load balancer by what that has signed."""
