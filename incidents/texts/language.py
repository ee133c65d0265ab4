"""What a text may say: the closed part of Jinja, checked node by node on the syntax tree.

Everything that is not named here is refused, so that nothing new in Jinja opens a door. Without
calls, assignments, products and nested loops, a text cannot run long or build something big.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod

from jinja2 import nodes

from incidents.texts.filters import ARGUMENTS, TESTS
from incidents.texts.model import NameType

DEEPEST = 30
"""Levels of blocks and expressions, one in another."""

_LOOP_WORDS = frozenset({"first", "last", "index"})
_WITH_CHILDREN_ONLY = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Add,
    nodes.Sub,
)
_SAID: Mapping[type[nodes.Node], str] = {
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Call: "a call",
    nodes.CallBlock: "{% call %}",
    nodes.Concat: "joining with ~",
    nodes.Extends: "{% extends %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.FromImport: "{% import %}",
    nodes.Import: "{% import %}",
    nodes.Include: "{% include %}",
    nodes.Macro: "{% macro %}",
    nodes.Mul: "multiplication",
    nodes.Pow: "a power",
    nodes.Scope: "{% autoescape %}",
    nodes.With: "{% with %}",
}


def check(tree: nodes.Template, names: Mapping[str, NameType]) -> tuple[tuple[int, str], ...]:
    """Everything in a text that it may not use, as (line, message)."""
    checker = _Checker(names)
    checker.walk(tree)
    return tuple(dict.fromkeys(checker.problems))


class _Checker:
    def __init__(self, names: Mapping[str, NameType]) -> None:
        self.names = dict(names)
        self.problems: list[tuple[int, str]] = []
        self.in_loop = False
        self.depth = 0

    def walk(self, node: nodes.Node) -> None:
        if self.depth == DEEPEST:
            self.refuse(node, "this is nested too deeply")
            return
        self.depth += 1
        self.visit(node)
        self.depth -= 1

    def walk_children(self, node: nodes.Node) -> None:
        for child in node.iter_child_nodes():
            self.walk(child)

    def refuse(self, node: nodes.Node, message: str) -> None:
        self.problems.append((_line_of(node), message))

    @singledispatchmethod
    def visit(self, node: nodes.Node) -> None:
        if isinstance(node, _WITH_CHILDREN_ONLY):
            self.walk_children(node)
        else:
            said = _SAID.get(type(node), type(node).__name__.lower())
            self.refuse(node, f"{said} cannot be used in a text")

    @visit.register
    def _(self, node: nodes.Const) -> None:
        pass

    @visit.register
    def _(self, node: nodes.Name) -> None:
        if node.name not in self.names:
            self.refuse(
                node, f"unknown name {node.name!r}; there are: {', '.join(sorted(self.names))}"
            )

    @visit.register
    def _(self, node: nodes.Filter) -> None:
        if node.node is not None:
            self.walk(node.node)
        for argument in node.args:
            self.walk(argument)
        if node.name not in ARGUMENTS:
            there_are = ", ".join(ARGUMENTS)
            self.refuse(node, f"unknown filter {node.name!r}; there are: {there_are}")
        elif node.kwargs or node.dyn_args or node.dyn_kwargs:
            self.refuse(node, f"|{node.name} takes no named arguments")
        elif len(node.args) != ARGUMENTS[node.name]:
            self.refuse(node, f"|{node.name} takes {ARGUMENTS[node.name] or 'no'} argument")
        elif node.name == "by" and "at" not in self.names:
            self.refuse(node, "|by is for notices: an answer has no moment to see a deadline from")

    @visit.register
    def _(self, node: nodes.Test) -> None:
        self.walk(node.node)
        if node.name not in TESTS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self.refuse(node, f"unknown test {node.name!r}; there are: {', '.join(sorted(TESTS))}")

    @visit.register
    def _(self, node: nodes.Getattr) -> None:
        of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop" and self.in_loop
        if not of_loop or node.attr not in _LOOP_WORDS:
            self.refuse(node, f".{node.attr} cannot be used; only loop.first, .last and .index can")

    @visit.register
    def _(self, node: nodes.Getitem) -> None:
        if not (self.is_list(node.node) and _is_index(node.arg)):
            self.refuse(node, "only a list has items, and each has a number, as in affected[0]")

    @visit.register
    def _(self, node: nodes.For) -> None:
        self.walk(node.iter)
        if self.in_loop or node.recursive:
            self.refuse(node, "a loop inside a loop cannot be used")
        elif not self.is_list(node.iter):
            self.refuse(node, "a loop goes over a list")
        elif not isinstance(node.target, nodes.Name) or node.target.name in {*self.names, "loop"}:
            self.refuse(node, "a loop needs one new name, as in {% for name in affected %}")
        else:
            self.walk_loop(node, node.target.name)

    def walk_loop(self, node: nodes.For, target: str) -> None:
        self.in_loop, self.names[target] = True, "text"
        for child in (*node.body, *([node.test] if node.test else [])):
            self.walk(child)
        self.in_loop = False
        del self.names[target]
        for child in node.else_:
            self.walk(child)

    def is_list(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.Add):
            return self.is_list(node.left) and self.is_list(node.right)
        return isinstance(node, nodes.Name) and self.names.get(node.name) == "list"


def _line_of(node: nodes.Node) -> int:
    """A node's line; one that Jinja made up has none, but what it holds has."""
    within = (inner.lineno for inner in node.find_all(nodes.Node) if inner.lineno)
    return node.lineno or next(within, 1)


def _is_index(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Neg):
        node = node.node
    return isinstance(node, nodes.Const) and type(node.value) is int
