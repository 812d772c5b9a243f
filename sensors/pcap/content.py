"""What a body is by its first bytes, whatever its name or its header says."""

import re

#: Beginnings of formats that matter for what a host takes in (their specifications' magic numbers).
_BEGINNINGS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("pe", rb"MZ.{58}(?:.{0,1000}PE\0\0|.*This program)"),
        ("elf", rb"\x7fELF[\x01\x02][\x01\x02]\x01"),
        ("class", rb"\xca\xfe\xba\xbe\0[\0-\x03]\0[\x2d-\x50]"),
        ("mach-o", rb"[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba\xbe\0\0\0[\x01-\x08]"),
        ("jar", rb"PK\x03\x04.{26}META-INF/"),
        ("office", rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|word/|xl/|ppt/|_rels/)"),
        ("zip", rb"PK\x03\x04"),
        ("rar", rb"Rar!\x1a\x07"),
        ("7z", rb"7z\xbc\xaf\x27\x1c"),
        ("cab", rb"MSCF\0\0\0\0"),
        ("ole", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("rtf", rb"\{\\rt"),
        ("lnk", rb"\x4c\0\0\0\x01\x14\x02\0"),
        ("java-object", rb"\xac\xed\x00\x05"),
        ("pdf", rb"%PDF-"),
        ("png", rb"\x89PNG\r\n"),
        ("gif", rb"GIF8[79]a"),
        ("jpeg", rb"\xff\xd8\xff"),
        ("php", rb"\s*<\?php\b"),
        ("script", rb"\s*#! ?/[\w/.-]{2,40}/(?:env \w+|\w*sh|python|perl|php|ruby)"),
    )
)
#: Scripts of Windows have no magic: words that make something run or fetch it.
_WINDOWS_SCRIPT = re.compile(
    rb"(?i)(?:IEX\s*[(&]|Invoke-Expression|New-Object\s+(?:System\.)?Net\.WebClient|FromBase64String\(|"
    rb"-enc(?:odedcommand)?\s+[A-Za-z0-9+/=]{40}|Start-Process\s|\[Reflection\.Assembly\]::Load|"
    rb"CreateObject\(\s*[\"'](?:WScript\.Shell|ADODB\.Stream|Shell\.Application)|"
    rb"new ActiveXObject\(\s*[\"'](?:WScript\.Shell|ADODB\.Stream|Shell\.Application))"
)
#: One of these stands in each of them; looking for plain words is cheap.
_WORDS = (
    b"iex",
    b"invoke-",
    b"new-object",
    b"frombase64",
    b"-enc",
    b"start-process",
    b"assembly]",
    b"object(",
)
_SEARCHED = 8192
#: Zeros of every DOS header (e_res2) under which a repeating key lies open; longest key that fits there.
_ZEROS, _ZEROS_END, _LONGEST_KEY = 0x28, 0x3C, 16


def body_type(body: bytes) -> str | None:
    """The format's short name; `pe-xor` for a program under a repeating key; None for anything else."""
    head = body[:_SEARCHED]
    for name, beginning in _BEGINNINGS:
        if beginning.match(head):
            return name
    if len(head) > 512 and _is_hidden_program(head):
        return "pe-xor"
    plain = head.lower()
    if any(word in plain for word in _WORDS) and _WINDOWS_SCRIPT.search(head):
        return "windows-script"
    return None


def _is_hidden_program(data: bytes) -> bool:
    """A PE file whose bytes were combined with a short repeating key (ATT&CK T1027.013)."""
    for size in range(1, _LONGEST_KEY + 1):
        zeros = data[_ZEROS : _ZEROS + size]
        key = bytes(zeros[(place - _ZEROS) % size] for place in range(size))
        if not any(key) or data[0] ^ key[0] != 0x4D or data[1] ^ key[1 % size] != 0x5A:
            continue
        plain = bytes(byte ^ key[place % size] for place, byte in enumerate(data[:1024]))
        at = int.from_bytes(plain[0x3C:0x40], "little")
        if plain[at : at + 4] == b"PE\0\0" or b"This program" in plain:
            return True
    return False
