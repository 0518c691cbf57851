"""What all pages are served with: gunicorn on a unix socket, one process, and not a word about who asked."""
