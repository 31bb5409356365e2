"""What is pushed next, and what releases cost."""
