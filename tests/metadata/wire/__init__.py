"""What a watcher of the line learns: captures at a source's side of Tor, and what can be told from them."""
