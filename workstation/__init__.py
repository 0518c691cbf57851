"""The workstation: the air-gapped side, where counsellors read, handle and answer reports."""
