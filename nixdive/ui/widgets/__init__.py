"""The parts of the screen: each takes values and gives messages."""
