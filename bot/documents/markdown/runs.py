"""Joins neighbouring lists or quotations, which Markdown would read as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode


@dataclass
class Run:
    """One list or quotation from several neighbours; a part is an item of a list, or a quotation."""

    type: str
    parts: list[list[SyntaxTreeNode]]
    tight: bool = False


Block = SyntaxTreeNode | Run


def runs(nodes: Sequence[SyntaxTreeNode]) -> list[Block]:
    """Joins neighbours that Markdown would read as one list or quotation.

    If an ordered list continues at the next number after other text, that text joins its last item: a list must begin
    at 1 (MD029), and an item with number 2 must not become 1.
    """
    found: list[Block] = []
    for node in nodes:
        if node.type not in ("bullet_list", "ordered_list", "blockquote"):
            found.append(node)
            continue
        parts = [node.children] if node.type == "blockquote" else _items(node)
        run = Run(node.type, [list(part) for part in parts], _is_tight(node))
        last = found[-1] if found else None
        if isinstance(last, Run) and last.type == run.type:
            last.parts += run.parts
            last.tight = last.tight and run.tight
        elif earlier := _begun(found, node):
            between = [block for block in found[earlier:] if isinstance(block, SyntaxTreeNode)]
            first = found[earlier - 1]
            assert isinstance(first, Run)
            del found[earlier:]
            first.parts[-1] += between
            first.parts += run.parts
            first.tight = False
        else:
            found.append(run)
    return found


def _begun(blocks: list[Block], node: SyntaxTreeNode) -> int:
    """Returns where the blocks between an ordered list and its continuation `node` begin; 0 if it continues none."""
    for index in range(len(blocks), 0, -1):
        block = blocks[index - 1]
        if isinstance(block, Run):
            ordered = block.type == node.type == "ordered_list"
            return index if ordered and node.attrs.get("start") == len(block.parts) + 1 else 0
        if block.type not in ("paragraph", "fence", "code_block", "table"):
            return 0
    return 0


def _is_tight(node: SyntaxTreeNode) -> bool:
    """Checks that a list has no blank lines between items; code and tables need them (MD031)."""
    return all(
        child.hidden if child.type == "paragraph" else child.type.endswith("_list") and _is_tight(child)
        for item in node.children
        for child in item.children
    )


def _items(node: SyntaxTreeNode) -> list[list[SyntaxTreeNode]]:
    """Returns the blocks of each item. A list at the beginning of an item ("- - a") joins the outer list."""
    items: list[list[SyntaxTreeNode]] = []
    for item in node.children:
        inner = item.children
        if inner and inner[0].type.endswith("_list"):
            items += _items(inner[0])
            items[-1] += inner[1:]
        else:
            items.append(inner)
    return items
