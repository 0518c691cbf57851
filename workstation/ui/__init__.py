"""The workstation's pages: an unlocked office in a browser on the same machine, without script."""
