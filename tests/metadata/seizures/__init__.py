"""What an analyst recovers from a seized server: traffic, two servers, one analyst, the score."""
