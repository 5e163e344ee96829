"""Every way a list of videos arrives, made into lines. Pure: text and bytes in, rows and lines out."""
