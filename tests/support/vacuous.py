"""Finds assertions that cannot fail, by reading the tests.

=====================================  ==========================================================
form                                   why it cannot fail
=====================================  ==========================================================
``assert n >= 0``, ``len(x) >= 0``     a count is never less (``> -1``, ``!= -1`` likewise)
``assert (x, "words")``                a tuple, a list or a text that holds something
``assert (each for each in x)``        a generator, a lambda or an f-string with words
``assert x == x``                      the same on both sides, and no call in it
``assert x or True``                   one of the sides is always true
``assert x in (True, False)``          both are named
``assert function``                    a function of the module, or a builtin, not called
``assert`` behind ``return``           never reached
=====================================  ==========================================================
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

_COUNTS = frozenset({"len", "sum", "count", "abs", "hash_count"})
_COUNT_NAMES = ("calls", "count", "number", "total", "seen", "amount", "size", "len")


def find(path: Path) -> list[tuple[int, str]]:
    """(line, form) of each assertion of a file that cannot fail."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and _always_true(node.test, functions):
            found.append((node.lineno, ast.unparse(node.test)))
        for body in _bodies(node):
            found += [(each.lineno, "never reached") for each in _behind_the_end(body)]
    return sorted(found)


def _always_true(test: ast.expr, functions: set[str]) -> bool:
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple | ast.List | ast.Set):
        return bool(test.elts)
    if isinstance(test, ast.Dict):
        return bool(test.keys)
    if isinstance(test, ast.GeneratorExp | ast.Lambda):
        return True
    if isinstance(test, ast.JoinedStr):
        return any(isinstance(each, ast.Constant) and each.value for each in test.values)
    if isinstance(test, ast.Name):
        return test.id in functions or callable(getattr(builtins, test.id, None))
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _always_false(test.operand)
    if isinstance(test, ast.BoolOp):
        sides = [_always_true(each, functions) for each in test.values]
        return any(sides) if isinstance(test.op, ast.Or) else all(sides)
    if isinstance(test, ast.Compare):
        compared = [test.left, *test.comparators]
        return all(
            _holds(left, operator, right)
            for left, operator, right in zip(compared, test.ops, compared[1:], strict=False)
        )
    return False


def _always_false(test: ast.expr) -> bool:
    if isinstance(test, ast.Constant):
        return not test.value
    return isinstance(test, ast.Tuple | ast.List | ast.Set) and not test.elts


def _holds(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    """Whether a comparison holds whatever the values are."""
    if isinstance(operator, ast.Eq | ast.Is | ast.GtE | ast.LtE):
        calls = any(isinstance(each, ast.Call | ast.Await) for each in ast.walk(left))
        if not calls and ast.dump(left) == ast.dump(right):
            return True
    if isinstance(operator, ast.GtE | ast.Gt | ast.NotEq) and _is_count(left):
        bound = _number(right)
        if bound is not None:
            return bound <= 0 if isinstance(operator, ast.GtE) else bound < 0
    if isinstance(operator, ast.LtE | ast.Lt | ast.NotEq) and _is_count(right):
        bound = _number(left)
        if bound is not None:
            return bound <= 0 if isinstance(operator, ast.LtE) else bound < 0
    if isinstance(operator, ast.In) and isinstance(right, ast.Tuple | ast.List | ast.Set):
        values = [each.value for each in right.elts if isinstance(each, ast.Constant)]
        return any(each is True for each in values) and any(each is False for each in values)
    return False


def _is_count(expression: ast.expr) -> bool:
    if isinstance(expression, ast.Call):
        called = expression.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        return name in _COUNTS
    name = expression.id if isinstance(expression, ast.Name) else getattr(expression, "attr", "")
    return any(name.split("_")[-1].startswith(each) for each in _COUNT_NAMES)


def _number(expression: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(expression)
    except ValueError:
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            yield body


def _behind_the_end(body: list[ast.stmt]) -> Iterator[ast.Assert]:
    for number, statement in enumerate(body):
        if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
            for rest in body[number + 1 :]:
                yield from (each for each in ast.walk(rest) if isinstance(each, ast.Assert))
            return
