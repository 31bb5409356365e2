"""What changed since the earlier version."""
