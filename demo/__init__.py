"""The demonstration: every part on one machine, over a real tor."""
