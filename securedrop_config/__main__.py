"""`python -m securedrop_config --config sluis.toml`: what to mend in how this server's disks are mounted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from securedrop_config.loader import ConfigError, load
from securedrop_config.mounts import MOUNTINFO, problems, read_mounts


def main(arguments: list[str] | None = None, mountinfo: Path = MOUNTINFO) -> int:
    """Says what is to be mended; 0 when nothing is, 1 when something is, 2 when it cannot tell."""
    parser = argparse.ArgumentParser(prog="python -m securedrop_config")
    parser.add_argument("--config", required=True, type=Path, help="The server's sluis.toml.")
    try:
        config = load(parser.parse_args(arguments).config)
        found = list(problems(config, read_mounts(mountinfo.read_text("utf-8"))))
    except (ConfigError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for problem in found:
        print(problem)
    if not found:
        print("No file system here writes down when it is read.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
