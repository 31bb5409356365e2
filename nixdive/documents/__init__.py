"""The JSON documents that commands print, each with its schema beside it."""
