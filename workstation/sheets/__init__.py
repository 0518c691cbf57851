"""Sheets that leave the room on paper or as a file: what stands on them, and nothing else."""
