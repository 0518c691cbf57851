"""One module for each of the sixteen experiments; each has an EXPERIMENT."""
