"""Looking at a reporter's file: pixels and text out of a sandbox, never the file itself."""
