"""The review console: pages on which people decide videos, and what these pages ask for. It knows no terminal."""
