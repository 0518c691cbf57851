"""The source interface: the reporters' onion site."""
