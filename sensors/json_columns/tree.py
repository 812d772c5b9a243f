"""Compiled: steps in the tree of shapes (`nodes.py`), which grows with lines of new shapes. 0: no way on."""

import numpy as np
from numba import njit

from sensors.json_columns.nodes import (
    AT,
    FIRST,
    HOW,
    LEAF,
    LENGTH,
    MOST_NAMES,
    MOST_NODES,
    MOST_SIBLINGS,
    NAMES,
    NEXT,
    NODES,
    PARENT,
    ROW,
    SHAPES,
    SIBLING,
    TOLD,
)
from taishi.kit.octets import eight

_QUOTE = ord('"')


@njit
def named(source, at, state, nodes, names, counts, told, told_size):  # type: ignore[no-untyped-def]
    """The node of the field whose name begins at a place; its LENGTH says where it ends."""
    node, last, siblings = nodes[state * ROW + FIRST], 0, 0
    while node:
        if _same(source, at, names, nodes[node * ROW + AT], nodes[node * ROW + LENGTH]):
            return node
        last, node, siblings = node, nodes[node * ROW + SIBLING], siblings + 1
    end = at
    while source[end] != _QUOTE:
        if not 0x20 <= source[end] < 0x7F or source[end] == ord("\\"):
            return 0
        end += 1
    made = _sibling(source, at, end + 1 - at, state, last, siblings, nodes, names, counts)
    if made:
        nodes[made * ROW + TOLD] = _is_told(source, at, end + 1 - at, told, told_size)
    return made


@njit
def valued(source, at, end, node, sort, nodes, names, counts):  # type: ignore[no-untyped-def]
    """The state after a value that tells events apart, by how it is written."""
    found, last, siblings = nodes[node * ROW + FIRST], 0, 0
    while found:
        row = found * ROW
        if nodes[row + LENGTH] == end - at and _same(source, at, names, nodes[row + AT], end - at):
            return found
        last, found, siblings = found, nodes[row + SIBLING], siblings + 1
    made = _sibling(source, at, end - at, node, last, siblings, nodes, names, counts)
    if made:
        nodes[made * ROW + HOW] = sort
    return made


@njit
def stepped(node, sort, nodes, counts):  # type: ignore[no-untyped-def]
    """The state after a value of a sort, or after the end of an object."""
    found = nodes[node * ROW + NEXT + sort]
    if found == 0:
        found = _node(node, nodes, counts)
        nodes[found * ROW + HOW] = sort
        nodes[node * ROW + NEXT + sort] = found
    return found


@njit
def ended(state, nodes, counts):  # type: ignore[no-untyped-def]
    """The number of the shape that ends in a state."""
    if nodes[state * ROW + LEAF] < 0:
        nodes[state * ROW + LEAF] = counts[SHAPES]
        counts[SHAPES] += 1
    return nodes[state * ROW + LEAF]


@njit
def _node(parent, nodes, counts):  # type: ignore[no-untyped-def]
    """A new node; 0, whose row nobody reads, where there is no room."""
    if counts[NODES] >= MOST_NODES:
        return 0
    made = counts[NODES]
    counts[NODES] += 1
    nodes[made * ROW + PARENT] = parent
    nodes[made * ROW + LEAF] = -1
    return made


@njit
def _sibling(source, at, length, parent, last, siblings, nodes, names, counts):  # type: ignore[no-untyped-def]
    """A new node under a parent, after its last one, with its bytes."""
    if siblings >= MOST_SIBLINGS or counts[NAMES] + length > MOST_NAMES:
        return 0
    made = _node(parent, nodes, counts)
    if made == 0:
        return 0
    where = counts[NAMES]
    counts[NAMES] += length
    for i in range(length):
        names[where + i] = source[at + i]
    nodes[made * ROW + AT], nodes[made * ROW + LENGTH] = where, length
    if last:
        nodes[last * ROW + SIBLING] = made
    else:
        nodes[parent * ROW + FIRST] = made
    return made


@njit
def _same(source, at, names, where, length):  # type: ignore[no-untyped-def]
    """Whether the same bytes stand at both places; behind both one may look further."""
    while length >= 8:
        if eight(source, at) != eight(names, where):
            return False
        at, where, length = at + 8, where + 8, length - 8
    left = (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)
    return (eight(source, at) ^ eight(names, where)) & left == 0


@njit
def _is_told(source, at, length, told, size):  # type: ignore[no-untyped-def]
    """Whether a name is among `told`: names with a quote behind each."""
    begin = 0
    for end in range(size):
        if told[end] == _QUOTE:
            if end + 1 - begin == length and _same(source, at, told, begin, length):
                return 1
            begin = end + 1
    return 0
