"""Random operations, through HTTP: the service answers as a model of the contract."""

import os
import secrets
from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from users_service.tests.model_machine import Operations
from users_service.tests.sizes import sized

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

Record = Callable[[str, object], None]

EXAMPLES = sized(quick=20, soak=300)
STEPS = sized(quick=30, soak=50)
# New examples in every soak; SEED=… brings those of a failure back.
SEED = sized(quick=0, soak=int(os.environ.get("SEED") or secrets.randbits(32)))


def test_the_service_answers_as_the_model(
    settings: Settings, record_property: Record
) -> None:
    settings.LOGIN_FAILURES_PER_LOCK = 10**9  # of the lock the model knows nothing
    Operations.answered.clear()
    Operations.refused.clear()
    tried = hypothesis.settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, *sized(quick=[], soak=[Phase.shrink])],
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(SEED)(Operations), settings=tried)
    except BaseException as error:
        error.add_note(f"SEED={SEED}")
        raise
    done, refused = Operations.answered, Operations.refused
    kinds = ", ".join(
        f"{done[name]:,} + {refused[name]:,} {name}"
        for name in sorted({*done, *refused})
    )
    record_property(
        "figure",
        f"{EXAMPLES} examples, {done.total() + refused.total():,} operations "
        f"(done + refused): {kinds}",
    )
