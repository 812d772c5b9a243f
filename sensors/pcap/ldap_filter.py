"""Search filters of LDAP in their written form (RFC 4515)."""

from sensors.pcap.ber import Node

_AND, _OR, _NOT, _EQUAL, _PARTS, _MORE, _LESS, _PRESENT, _LIKE, _MATCH = range(10)
_SIGNS = {_EQUAL: "=", _MORE: ">=", _LESS: "<=", _LIKE: "~="}
_DEPTH = 12


def written(node: Node, depth: int = 0) -> str:
    """`(&(objectClass=user)(servicePrincipalName=*))`; what lies too deep, or is none, reads as `(?)`."""
    kind = node.tag & 0x1F
    if depth > _DEPTH or node.tag & 0xC0 != 0x80:
        return "(?)"
    if kind in (_AND, _OR, _NOT):
        inner = "".join(written(one, depth + 1) for one in node.children())
        return f"({'&|!'[kind]}{inner})"
    if kind == _PRESENT:
        return f"({node.text}=*)"
    parts = list(node.children())
    if kind in _SIGNS and len(parts) == 2:
        return f"({parts[0].text}{_SIGNS[kind]}{_value(parts[1])})"
    if kind == _PARTS and len(parts) == 2:
        return f"({parts[0].text}={_substrings(parts[1])})"
    if kind == _MATCH:
        told = {one.tag & 0x1F: _value(one) for one in parts}
        return f"({told.get(2, '')}:{told.get(1, '')}:={told.get(3, '')})"
    return "(?)"


def _substrings(node: Node) -> str:
    """Beginning (0), pieces (1) and end (2) between stars."""
    parts = list(node.children())
    text = "*".join(_value(one) for one in parts)
    head = "" if parts and parts[0].tag & 0x1F == 0 else "*"
    tail = "" if parts and parts[-1].tag & 0x1F == 2 else "*"
    return f"{head}{text}{tail}"


def _value(node: Node) -> str:
    """Bytes that are no text as RFC 4515 escapes them."""
    try:
        text = node.body.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(f"\\{byte:02x}" for byte in node.body[:64])
    return text if text.isprintable() else "".join(f"\\{byte:02x}" for byte in node.body[:64])
