"""How the rest of the company hears of what becomes of videos."""
