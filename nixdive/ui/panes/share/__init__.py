"""What is shared with other images."""
