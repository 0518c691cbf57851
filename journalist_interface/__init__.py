"""The journalist interface: the operators' onion site."""
