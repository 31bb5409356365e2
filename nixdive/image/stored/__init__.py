"""An image that exists: its files, what its bytes show, and whether they are what its documents state."""
