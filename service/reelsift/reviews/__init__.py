"""What becomes of videos after their verdict: status, decisions, and what people are asked."""
