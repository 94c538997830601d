"""docs/prometheus: rules about metrics and routes that there are, as promtool takes."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from users_service.routes import routes

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "docs/prometheus"
PROMTOOL = shutil.which("promtool")
# What stands in our rules and is the name of no metric.
LANGUAGE = {
    *("absent", "and", "by", "changes", "histogram_quantile", "increase", "max"),
    *("offset", "on", "or", "rate", "sum", "unless"),
}
NO_NAMES = re.compile(r"\{[^}]*\}|\[\w+\]|\bby \([^)]*\)|\boffset \w+")
# Prometheus says by itself whether it got an answer.
OF_PROMETHEUS = {"up"}


def loaded(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def rules() -> dict[str, dict[str, Any]]:
    groups = loaded("alerts.yml")["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def names_in(expression: str) -> set[str]:
    """Return the metrics that an expression of PromQL asks for."""
    words = re.findall(r"[A-Za-z_:][\w:]*", NO_NAMES.sub(" ", expression))
    return set(words) - LANGUAGE


@pytest.mark.django_db
def test_every_metric_of_the_rules_is_one_that_the_service_shows() -> None:
    client = Client()
    client.get("/running")
    shown = set(
        re.findall(r"^(\w+)[{ ]", client.get("/metrics").content.decode(), re.MULTILINE)
    )
    asked = {name for rule in rules().values() for name in names_in(rule["expr"])}

    assert len(asked) > 5
    assert asked - shown == OF_PROMETHEUS


def test_every_route_of_the_rules_is_one_that_there_is() -> None:
    text = " ".join(rule["expr"] for rule in rules().values())
    asked = "|".join(re.findall(r'route[!=~]{1,2}"([^"]+)"', text)).split("|")
    paths = {route.path for route in routes()} | {"/admin/login/"}

    assert len(set(asked)) > 3
    assert [
        each for each in asked if not any(re.fullmatch(each, path) for path in paths)
    ] == []


def test_the_rules_are_told_what_to_do_about() -> None:
    page = (PROJECT / "docs/operations.md").read_text()
    section = page.split("## What to do when")[1].split("\n## ")[0]

    assert [name for name in rules() if f"`{name}`" not in section] == []
    for rule in rules().values():
        assert rule["annotations"]["runbook"] == "docs/operations.md#what-to-do-when"
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_rule_is_tried() -> None:
    tried = {
        case["alertname"]
        for test in loaded("alerts_test.yml")["tests"]
        for case in test.get("alert_rule_test", [])
        if case["exp_alerts"]
    }

    assert tried == set(rules())


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool")
@pytest.mark.parametrize("what", [("check", "alerts.yml"), ("test", "alerts_test.yml")])
def test_promtool_takes_them(what: tuple[str, str]) -> None:
    verb, name = what
    run = subprocess.run(
        [str(PROMTOOL), verb, "rules", name],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
