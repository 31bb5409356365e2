"""The main screen: what it composes, and what its keys do."""
