"""The mailroom: the one process that writes the server's constant-size stores. Ciphertext only."""
