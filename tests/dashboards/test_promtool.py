"""Prometheus itself parses every expression of the dashboards, and finds nothing odd in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dashboards.boards import BOARDS
from dashboards.expressions import expressions
from kit.provision import Program
from tests.monitoring.promtool import Promtool

pytestmark = pytest.mark.native


def test_prometheus_takes_every_expression(prometheus: Program, tmp_path: Path) -> None:
    every = [one for board in BOARDS for one in expressions(board)]
    rules = [
        {"record": f"dashboard:{one.board.replace('-', '_')}:{number}", "expr": one.promql}
        for number, one in enumerate(every)
    ]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    told = Promtool(prometheus, tmp_path).run("check", "rules", "--lint=all", "rules.yml")
    assert f"{len(every)} rules found" in told


def test_it_refuses_what_is_wrong(prometheus: Program, tmp_path: Path) -> None:
    rules = [{"record": "a:b", "expr": "rate(sum(up)[5m])"}]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "wrong", "rules": rules}]}))
    with pytest.raises(AssertionError):
        Promtool(prometheus, tmp_path).run("check", "rules", "rules.yml")
