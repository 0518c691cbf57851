"""The life of every key: ceremony, rotation, backup shares, certificates."""
