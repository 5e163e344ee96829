"""What leads see."""
