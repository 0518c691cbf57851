"""`python -m demo run|once [--real-tor] [--site demo|small|medium|large]`."""

from __future__ import annotations

import argparse
import sys

from demo import once, run
from demo.acts import ActFailed
from demo.airgapped import CommandFailed
from demo.processes import ProcessFailed
from demo.signals import exit_on_signals
from demo.stage import Stage
from demo.tor_node import TorFailed
from sluis.limits import SITES


def main() -> int:
    """The exit code: 0 all went well, 1 a step failed, 130 Ctrl-C, 128 + n another signal."""
    parser = argparse.ArgumentParser(prog="python -m demo")
    parser.add_argument("what", choices=("run", "once"))
    parser.add_argument("--real-tor", action="store_true", help="use the real Tor network")
    parser.add_argument("--site", choices=sorted(SITES), default="demo", help="size of the stores")
    arguments = parser.parse_args()
    say = once.narrator()
    try:
        with (
            exit_on_signals(),
            Stage(say, site=arguments.site, tor="real" if arguments.real_tor else "private") as stage,
        ):
            if stage.accounts.reason:
                say(f"note: {stage.accounts.reason}")
            say(f"everything is in {stage.folder} and {stage.run_folder}, and is removed at the end")
            if arguments.what == "once":
                once.play(stage, say)
            else:
                run.play(stage, say, real_tor=arguments.real_tor)
    except KeyboardInterrupt:
        say("stopped, and removed what it made")
        return 130 if arguments.what == "once" else 0
    except (ActFailed, CommandFailed, LookupError, ProcessFailed, TorFailed, OSError) as error:
        print(f"the demo stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
