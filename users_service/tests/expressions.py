"""Every regular expression of the product, and texts that would keep a bad one busy."""

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from re import _constants as sre
from re import _parser
from types import ModuleType
from typing import Any, NamedTuple

import yaml
from django.urls import URLPattern, URLResolver, get_resolver

PROJECT = Path(__file__).resolve().parents[2]
APPS = ("users_service", "roles", "clinicians", "bookmarks")
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split"}
FUNCTIONS |= {"findall", "finditer"}
ANCHORED = {"match", "fullmatch"}
CLASSES = {"RegexValidator", "RegexField", "re_path"}
LENGTHS = (*range(12, 29, 2), 2**14)
"""The longest is twice what gunicorn takes as an address or a header.

What takes exponential time shows itself while it is short, and is not tried further.
"""

MOST_LETTERS = 12
CANDIDATES = "".join(map(chr, [*range(ord("!"), 127), *range(33), 0xE9, 0xD800]))
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
}

MOST_SECONDS = 0.1
"""Of the processor. What is linear needs a hundredth of it for the longest text, and
what is quadratic several times as much."""


class Expression(NamedTuple):
    """A regular expression, and where it stands."""

    place: str
    pattern: "re.Pattern[str]"
    methods: tuple[str, ...] = ("search",)
    """By which the product asks it: to search is dearer than to match at the start."""

    def __str__(self) -> str:
        return f"{self.place} {self.pattern.pattern[:40]}"


def expressions() -> list[Expression]:
    """Return those of the code, of the routes, and of the OpenAPI document."""
    return [*of_the_code(), *of_the_routes(), *of_the_document()]


def of_the_code() -> Iterator[Expression]:
    for path, text in sources().items():
        tree = ast.parse(text)
        names = dict(named_values(tree))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and makes_one(call.func):
                yield from made_by(call, path, names.get(call, ""))


@cache
def sources() -> dict[Path, str]:
    """Return the text of every module of the product."""
    paths = sorted(each for app in APPS for each in (PROJECT / app).rglob("*.py"))
    relative = [each.relative_to(PROJECT) for each in paths]
    return {
        each: (PROJECT / each).read_text()
        for each in relative
        if not {"tests", "migrations"} & set(each.parts)
    }


def named_values(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield what constants are set to, with their names."""
    for each in tree.body:
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            yield each.value, each.targets[0].id


def methods_of(call: ast.Call, name: str) -> tuple[str, ...]:
    """Return how the expression of a call is asked, there or by its name."""
    used = {getattr(call.func, "attr", "")}
    if name:
        asked = rf"\b{name}\.({'|'.join(FUNCTIONS)})\("
        used |= {
            each for text in sources().values() for each in re.findall(asked, text)
        }
    return tuple(sorted(used & ANCHORED)) if used & ANCHORED else ("search",)


def makes_one(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        of_re = isinstance(function.value, ast.Name) and function.value.id == "re"
        return (of_re and function.attr in FUNCTIONS) or function.attr in CLASSES
    return isinstance(function, ast.Name) and function.id in CLASSES


def made_by(call: ast.Call, path: Path, name: str) -> Iterator[Expression]:
    """Yield what a call is given, read in its module; a copy of another's is none."""
    named = {each.arg: each.value for each in call.keywords}
    first = call.args[0] if call.args else named["regex"]
    if isinstance(first, ast.Attribute) and first.attr == "pattern":
        return
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    pattern = value_of(first, module)
    flags = [value_of(each, module) for each in call.args[1:] if is_flag(each)]
    made = re.compile(pattern, sum(flags))
    yield Expression(f"{path}:{call.lineno}", made, methods_of(call, name))


def value_of(node: ast.expr, module: ModuleType) -> Any:
    # The one local name that a pattern is made of: a section of the README.
    return eval(ast.unparse(node), vars(module), {"name": "routes"})


def is_flag(node: ast.expr) -> bool:
    return ast.unparse(node).startswith("re.")


def of_the_routes() -> Iterator[Expression]:
    waiting: list[Any] = list(get_resolver("users_service.urls").url_patterns)
    while waiting:
        each: URLPattern | URLResolver = waiting.pop()
        regex = each.pattern.regex
        yield Expression(f"route {each.pattern}", re.compile(regex.pattern))
        waiting += getattr(each, "url_patterns", [])


def of_the_document() -> Iterator[Expression]:
    document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())
    for pattern in sorted(set(values_of("pattern", document))):
        yield Expression("docs/openapi.yaml", re.compile(pattern))


def values_of(key: str, node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(key), str):
            yield node[key]
        for each in node.values():
            yield from values_of(key, each)
    elif isinstance(node, list):
        for each in node:
            yield from values_of(key, each)


class Text(NamedTuple):
    """What leads to a repetition, what is repeated, and what then does not fit."""

    lead: str
    pump: str
    end: str

    def of(self, length: int) -> str:
        """Return the text, about so long."""
        return self.lead + self.pump * (length // len(self.pump)) + self.end


def hostile_texts(pattern: "re.Pattern[str]") -> list[Text]:
    """Return the texts to try, made of what the expression is made of."""
    parsed = _parser.parse(pattern.pattern, pattern.flags)
    found = list(repetitions(parsed))
    if not found:
        return []  # nothing to try again
    letters = sorted({*literals(parsed), "a", "0"})[:MOST_LETTERS]
    leads = {"", *(lead for lead, _ in found)}
    pumps = {*letters, *(pump for _, pump in found if pump)}
    ends = ("\0", "\n", "@")
    return [Text(*each) for each in product(sorted(leads), sorted(pumps), ends)]


def repetitions(parsed: Any, lead: str = "") -> Iterator[tuple[str, str]]:
    """Yield what leads to each repetition, and what it repeats."""
    for operator, argument in parsed:
        for inner in inner_of(operator, argument):
            if operator in REPEATS:
                yield lead, sample(inner)
            yield from repetitions(inner, lead)
        lead += sample([(operator, argument)])


def inner_of(operator: Any, argument: Any) -> list[Any]:
    if operator in REPEATS:
        return [argument[2]]
    if operator is sre.SUBPATTERN:
        return [argument[-1]]
    return list(argument[1]) if operator is sre.BRANCH else []


def sample(parsed: Any) -> str:
    """Return a text that fits, as short as may be."""
    return "".join(sample_of(*each) for each in parsed)


def sample_of(operator: Any, argument: Any) -> str:
    if operator is sre.LITERAL:
        return chr(argument)
    if operator in REPEATS:
        return sample(argument[2]) * int(argument[0])
    if operator is sre.IN:
        return next(each for each in CANDIDATES if is_in(each, argument))
    if operator in (sre.ANY, sre.NOT_LITERAL):
        return "x" if argument != ord("x") else "y"
    return "".join(map(sample, inner_of(operator, argument)[:1]))


def is_in(letter: str, members: Any) -> bool:
    negated = members[0][0] is sre.NEGATE
    return bool(negated != any(fits(letter, *each) for each in members))


def fits(letter: str, operator: Any, argument: Any) -> bool:
    if operator is sre.LITERAL:
        return bool(ord(letter) == argument)
    if operator is sre.RANGE:
        return bool(argument[0] <= ord(letter) <= argument[1])
    if operator is sre.CATEGORY:
        return re.match(CATEGORIES[argument], letter) is not None
    return False


def literals(parsed: Any) -> Iterator[str]:
    """Yield every letter that stands for itself, in sets as well."""
    for operator, argument in parsed:
        if operator is sre.LITERAL:
            yield chr(argument)
        elif operator is sre.IN:
            yield from literals(argument)
        for inner in inner_of(operator, argument):
            yield from literals(inner)


def slowest(each: Expression) -> tuple[float, Text | None]:
    """Return how long a hostile text takes, and which: the first that is too long."""
    worst: tuple[float, Text | None] = (0.0, None)
    for text in hostile_texts(each.pattern):
        spent = max(seconds_of(getattr(each.pattern, by), text) for by in each.methods)
        worst = max(worst, (spent, text), key=lambda pair: pair[0])
        if spent > MOST_SECONDS:
            break
    return worst


def seconds_of(ask: Callable[[str], Any], text: Text) -> float:
    """Return what a text takes once it is long, or as soon as that is too much."""
    spent = 0.0
    for length in LENGTHS:
        made = text.of(length)
        started = time.thread_time()
        ask(made)
        spent = time.thread_time() - started
        if spent > MOST_SECONDS:
            break
    return spent
