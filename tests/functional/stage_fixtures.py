"""One whole instance behind two onions, with its workstation, for all story tests of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from demo.acts import OperatorAtWork, onion_person
from demo.bridge import Bridge
from demo.once import newest
from demo.socks import wait_for_onion
from demo.stage import Onions, Stage


@dataclass(frozen=True)
class Line:
    """The stage, ready to receive; `operator` is signed in, and has the only count of used codes."""

    stage: Stage
    onions: Onions
    operator: OperatorAtWork
    workstation_url: str


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    """Tests that use it belong to `xdist_group("stage")`, so that there is one in a run."""
    with Stage(lambda step: None) as stage:
        tor_is_up = stage.start_tor()
        stage.make_instance()
        stage.start_sites()
        socket = stage.start_workstation()
        onions = tor_is_up()
        wait_for_onion(onions.operator_visitor.socks_port, onions.journalist)
        operator = OperatorAtWork(onion_person(onions.operator_visitor, onions.journalist), stage.operator)
        operator.sign_in()
        operator.bring_release(newest(stage.medium, "release"))
        wait_for_onion(onions.visitor.socks_port, onions.source)
        with Bridge(socket, proxy_line=False) as bridge:
            yield Line(stage, onions, operator, f"http://127.0.0.1:{bridge.port}/")
