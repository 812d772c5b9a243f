"""What the compiled reader and Python agree on: the tree of shapes as rows of numbers.

A line is read by walking this tree: from a state to the node of the next field's name, from there by the
sort of its value to the next state. So lines of one shape end in the same state; nothing is hashed. For a
field that tells events apart (`told`) each value has a node of its own, which is a state as well.
"""

from typing import Final

#: Sorts of values, and the end of an object: places among the NEXT of a node.
TEXT, WHOLE, TRUE, FALSE, NOTHING, OBJECT, CLOSE, SORTS = range(8)

#: A node's row. AT, LENGTH: a name (with its closing quote) or a told value in `names`; SIBLING: the next
#: node under the same parent; FIRST: the first one under this; PARENT, HOW: where it comes from, and
#: how; TOLD: values have nodes; LEAF: the shape that ends here, -1 for none; NEXT: states by sort.
AT, LENGTH, SIBLING, FIRST, PARENT, HOW, TOLD, LEAF, NEXT = range(9)
ROW: Final = 16
assert NEXT + SORTS <= ROW  # noqa: S101

#: The state in which every line begins; 0 stands for none.
ROOT: Final = 1

#: What `counts` holds: nodes, bytes of names, shapes; bytes of values that were read last.
NODES, NAMES, SHAPES, BYTES = range(4)
#: How many nodes, bytes of names and siblings there may be. Lines that need more are read another way.
MOST_NODES, MOST_NAMES, MOST_SIBLINGS = 1 << 16, 1 << 20, 256
#: Objects in objects.
DEEPEST: Final = 8

#: Bytes after the text in which compiled code may look, and after the room into which it may write.
BEYOND: Final = 64
