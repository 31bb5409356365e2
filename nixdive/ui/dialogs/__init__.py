"""The dialogs: each asks one thing, or shows one thing, above the screen."""
