"""Try the tests: change the code a little, and see whether one of them fails.

`python -m users_service.tests.mutants [parts of module paths]`. cosmic-ray makes the
changes, one at a time, in a copy of the project per core; then the tests that
`mutated.AREAS` names for the module run, on SQLite. A mutant that none of them notices
has survived: build/mutants/survivors.diff has those, docs/mutants.md the reasons.
Exits with 1 where less than FLOOR percent of an area were killed.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import (
    MutationSpec,
    TestOutcome,
    WorkerOutcome,
    WorkItem,
    WorkResult,
)

from users_service.tests.mutated import AREAS
from users_service.tests.run import PROJECT

FLOOR = 90
FOLDER = PROJECT / "build/mutants"
COPIED = ("bookmarks", "clinicians", "roles", "users_service")
COPIED_FILES = ("conftest.py", "manage.py", "pytest.ini")
PYTEST = (
    f"{sys.executable} -m pytest -x -q --tb=no"
    " -p no:cacheprovider -p no:faker -p no:randomly -p no:xdist"
)
CONFIGURATION = """\
[cosmic-ray]
module-path = "{module}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"
distributor.name = "local"
"""
OPERATORS = re.compile(
    r"core/(AddNot|ExceptionReplacer|NumberReplacer|RemoveDecorator"
    r"|Replace(And|Break|Continue|False|Or|True)With\w+|ZeroIterationForLoop"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Pow|Div_Mul|FloorDiv_Mul"
    r"|Mod_FloorDiv|Pow_Mul|BitOr_BitAnd|BitAnd_BitOr)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is"
    r"|Lt_(LtE|GtE)|LtE_(Lt|Gt)|Gt_(GtE|LtE)|GtE_(Gt|Lt))"
    r"|ReplaceUnaryOperator_(Delete_\w+|USub_UAdd))"
)
"""One or two replacements for each operator; with all of them it would take hours."""


class Tried(NamedTuple):
    """What the mutants of one module came to."""

    module: str
    seconds: float
    killed: int
    timeouts: int
    """How many of the killed were stopped: they ran for too long."""

    survivors: list[str]


class _Bare(ast.NodeTransformer):
    """Takes out of a module what has no part in an answer.

    That is annotations, what views say to the OpenAPI document, and sizes of caches.
    """

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        texts = [ast.unparse(each).split("(")[0] for each in node.decorator_list]
        node.decorator_list = [
            ast.Name(text) if text == "lru_cache" else each
            for text, each in zip(texts, node.decorator_list, strict=True)
            if not text.startswith("operations.")
        ]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def makes_a_difference(code: str, mutant: str) -> bool:
    """Whether a mutant is Python that does something else."""
    try:
        return ast.dump(_Bare().visit(ast.parse(mutant))) != ast.dump(
            _Bare().visit(ast.parse(code))
        )
    except SyntaxError:
        return False


def try_module(module: str, tests: tuple[str, ...], copy: Path) -> Tried:
    """Make the module's mutants in a copy of the project, and try each."""
    began = time.monotonic()
    command = f"{PYTEST} {' '.join(tests)}"
    compiling = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run(
        command.split(), cwd=copy, check=True, env=compiling, stdout=subprocess.PIPE
    )
    # On a busy machine a run may take some times as long as the first one.
    timeout = 10 + 4 * (time.monotonic() - began)
    session = FOLDER / f"{module.replace('/', '.')}.sqlite"
    configuration = session.with_suffix(".toml")
    configuration.write_text(
        CONFIGURATION.format(module=module, timeout=timeout, command=command)
    )
    cosmic_ray = (sys.executable, "-m", "cosmic_ray.cli")
    given = (configuration, session)
    subprocess.run([*cosmic_ray, "init", "--force", *given], cwd=copy, check=True)
    with use_db(session, WorkDB.Mode.open) as work:
        skip_pointless(work, (copy / module).read_text())
    subprocess.run([*cosmic_ray, "exec", *given], cwd=copy, check=True)
    with use_db(session, WorkDB.Mode.open) as work:
        tried = told(module, time.monotonic() - began, list(work.completed_work_items))
    print(summary(module, [tried]), flush=True)
    return tried


def skip_pointless(work: WorkDB, code: str) -> None:
    """Take out mutants of too many kinds, and those that make no difference."""
    skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
    for item in list(work.pending_work_items):
        (change,) = item.mutations
        is_wanted = OPERATORS.fullmatch(change.operator_name)
        if not (is_wanted and makes_a_difference(code, mutant_of(code, change))):
            work.set_result(item.job_id, skipped)


def mutant_of(code: str, change: MutationSpec) -> str:
    """Return the code with the change; as it was where cosmic-ray cannot make it."""
    operator = get_operator(change.operator_name)()
    try:
        return mutate_code(code, operator, change.occurrence) or code
    except AttributeError:  # an exception with a dot, such as jwt.InvalidKeyError
        return code


def told(
    module: str, seconds: float, results: list[tuple[WorkItem, WorkResult]]
) -> Tried:
    """Sum up what cosmic-ray found."""
    tried = [
        result
        for _, result in results
        if result.worker_outcome is not WorkerOutcome.SKIPPED
    ]
    killed = [each for each in tried if each.test_outcome is TestOutcome.KILLED]
    return Tried(
        module,
        seconds,
        len(killed),
        sum(each.output == "timeout" for each in killed),
        [each.diff or str(each.output) for each in tried if each not in killed],
    )


def summary(name: str, tried: list[Tried]) -> str:
    """Return a row: name, mutants, killed, of those by timeout, survivors, percent."""
    killed = sum(each.killed for each in tried)
    survivors = sum(len(each.survivors) for each in tried)
    minutes = sum(each.seconds for each in tried) / 60
    return (
        f"{name:<42} {killed + survivors:5} {killed:6}"
        f" {sum(each.timeouts for each in tried):8} {survivors:9}"
        f" {percent(tried):6.1f} % {minutes:6.1f} min"
    )


def percent(tried: list[Tried]) -> float:
    """Return how many of a hundred mutants were killed."""
    killed = sum(each.killed for each in tried)
    return 100 * killed / max(1, killed + sum(len(each.survivors) for each in tried))


def copies() -> Iterator[Path]:
    """Make a copy of what is run, for each core."""
    uncompiled = shutil.ignore_patterns("__pycache__")
    for number in range(os.cpu_count() or 1):
        copy = FOLDER / f"copy-{number}"
        shutil.rmtree(copy, ignore_errors=True)
        for name in COPIED:
            shutil.copytree(PROJECT / name, copy / name, ignore=uncompiled)
        for name in COPIED_FILES:
            shutil.copy2(PROJECT / name, copy)
        yield copy


def main(parts: list[str]) -> int:
    """Try the modules whose paths hold one of the parts; return the exit status."""
    os.environ.pop("DATABASE_HOST", None)
    os.environ["CI"] = "true"  # hypothesis draws the same examples every time
    FOLDER.mkdir(parents=True, exist_ok=True)
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies():
        free.put(copy)
    print(f"{'':<42} tried killed timeouts survivors")

    def borrowing(module: str, tests: tuple[str, ...]) -> Tried:
        copy = free.get()
        try:
            return try_module(module, tests, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(free.qsize()) as pool:
        going_on = {
            area: [
                pool.submit(partial(borrowing, module, tests))
                for module, tests in modules.items()
                if not parts or any(part in module for part in parts)
            ]
            for area, modules in AREAS.items()
        }
    areas = {area: [each.result() for each in done] for area, done in going_on.items()}
    survivors = [diff for tried in areas.values() for each in tried for diff in each[4]]
    (FOLDER / "survivors.diff").write_text("\n".join(survivors) + "\n")
    for area, tried in areas.items():
        if tried:
            print(summary(area, tried))
    return int(any(tried and percent(tried) < FLOOR for tried in areas.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
