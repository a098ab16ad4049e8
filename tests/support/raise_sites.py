"""Where the program's own text raises each code, and with which facts."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Code

_PIPELINE = Path(__file__).parents[2] / "pipeline"
_LISTS = (_PIPELINE / "errors" / "codes.py", _PIPELINE / "cli" / "hints")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Site:
    """A call that is given a code, or several of which it takes one; none where it hands on that of another error."""

    place: str
    error: str
    codes: frozenset[Code]
    facts: frozenset[str]


def sites() -> list[Site]:
    """Every call in `pipeline` that is given a code."""
    paths = [path for path in sorted(_PIPELINE.rglob("*.py")) if not any(map(path.is_relative_to, _LISTS))]
    return [site for path in paths for site in _Module(path).sites()]


class _Module:
    def __init__(self, path: Path) -> None:
        self._place = path.relative_to(_PIPELINE.parent).as_posix()
        self._tree = ast.parse(path.read_text(encoding="utf-8"))

    def sites(self) -> Iterator[Site]:
        yield from self._below(self._tree, [self._tree])

    def _below(self, node: ast.AST, scopes: Sequence[ast.AST]) -> Iterator[Site]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and (site := self._site(child, scopes)):
                yield site
            yield from self._below(child, [child, *scopes] if isinstance(child, _Function) else scopes)

    def _site(self, call: ast.Call, scopes: Sequence[ast.AST]) -> Site | None:
        given = [*call.args, *(one.value for one in call.keywords if one.arg == "code")]
        handed_on = any(isinstance(one, ast.Attribute) and one.attr == "code" for one in call.args)
        codes = frozenset(code for one in given for code in _codes(one, scopes, set()))
        if not codes and not handed_on:
            return None
        named = [one for one in call.keywords if one.arg == "facts"] or call.keywords
        facts = frozenset(name for one in named for name in _facts(one, scopes))
        error = ast.unparse(call.func).removeprefix("super().__init__") or "SeveralSheets"
        return Site(place=f"{self._place}:{call.lineno}", error=error, codes=codes, facts=facts)


def _codes(node: ast.AST, scopes: Sequence[ast.AST], seen: set[str]) -> Iterator[Code]:
    """The codes that a value can be, followed through names, choices and tables."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Code":
        yield Code[node.attr]
    elif isinstance(node, ast.Name) and node.id not in seen:
        for value in _values(node.id, scopes):
            yield from _codes(value, scopes, seen | {node.id})
    elif isinstance(node, ast.IfExp | ast.Tuple | ast.Dict | ast.Subscript):
        for child in ast.iter_child_nodes(node):
            yield from _codes(child, scopes, seen)


def _facts(keyword: ast.keyword, scopes: Sequence[ast.AST]) -> Iterator[str]:
    """The names of facts: keywords, and the keys of a dict that is spread out or given as `facts`."""
    if keyword.arg is not None and keyword.arg != "facts":
        yield keyword.arg
        return
    values = _values(keyword.value.id, scopes) if isinstance(keyword.value, ast.Name) else [keyword.value]
    for value in values:
        if isinstance(value, ast.Dict):
            yield from (ast.literal_eval(key) for key in value.keys if key is not None)


def _values(name: str, scopes: Sequence[ast.AST]) -> list[ast.AST]:
    """What is assigned to a name, in the innermost scope that knows it; of a parameter nothing is known."""
    for scope in scopes:
        if isinstance(scope, _Function) and name in {
            node.arg for node in ast.walk(scope.args) if type(node) is ast.arg
        }:
            return []
        found = [value for node in _own(scope) for target, value in _assigned(node) if name in _names(target)]
        if found:
            return found
    return []


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a scope and in no function within."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, _Function):
            yield from _own(node)


def _assigned(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For):
        yield node.target, node.iter


def _names(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def facts_of(found: Sequence[Site]) -> Mapping[Code, frozenset[str]]:
    """All facts that come with each code somewhere."""
    return {
        code: frozenset().union(*(site.facts for site in found if code in site.codes), frozenset()) for code in Code
    }
