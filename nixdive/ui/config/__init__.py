"""What the user has decided for good: keys, themes, and how the screen was left."""
