"""The one way from the words of a command line to a value that can be planned."""
