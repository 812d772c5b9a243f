"""SSH as a passive sensor sees it: banners, key exchange in the open (RFC 4253), then ciphertext."""

from random import Random

from taishi.sample.conversation import Noise, Say, answer, ask

KEX = "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256"
HOST_KEYS = "ssh-ed25519,rsa-sha2-512,rsa-sha2-256"
CIPHERS = "aes128-ctr,aes256-ctr"
MACS = "hmac-sha2-256,hmac-sha2-512"
NAME_LISTS = (KEX, HOST_KEYS, CIPHERS, CIPHERS, MACS, MACS, "none", "none", "", "")
KEXINIT, NEWKEYS, ECDH_INIT, ECDH_REPLY = 20, 21, 30, 31
#: With hmac-sha2-256 every packet is a multiple of 16 bytes and 32 bytes of MAC.
BLOCK, MAC = 16, 32
#: Blocks that fit one segment of 1,460 bytes with the MAC.
ONE_SEGMENT = 88


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _packet(payload: bytes) -> bytes:
    # RFC 4253, 6: length, padding length, payload and padding are a multiple of 8; padding is 4 or more.
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def _kexinit(dice: Random) -> bytes:
    lists = b"".join(_text(names.encode()) for names in NAME_LISTS)
    return _packet(bytes([KEXINIT]) + dice.randbytes(16) + lists + bytes(5))


def _sealed(dice: Random, blocks: int) -> Noise:
    return Noise(dice.getrandbits(32), blocks * BLOCK + MAC)


def ssh_session(dice: Random, *, keystrokes: int, client: str = "OpenSSH_9.2p1") -> tuple[Say, ...]:
    """Banner, key exchange, a login and `keystrokes` commands with their output."""
    host_key = _text(b"ssh-ed25519") + _text(dice.randbytes(32))
    signature = _text(b"ssh-ed25519") + _text(dice.randbytes(64))
    reply = bytes([ECDH_REPLY]) + _text(host_key) + _text(dice.randbytes(32)) + _text(signature)
    new_keys = _packet(bytes([NEWKEYS]))
    says = [
        ask(f"SSH-2.0-{client}\r\n".encode()),
        answer(b"SSH-2.0-OpenSSH_8.2\r\n"),
        ask(_kexinit(dice)),
        answer(_kexinit(dice)),
        ask(_packet(bytes([ECDH_INIT]) + _text(dice.randbytes(32)))),
        answer(_packet(reply) + new_keys),
        ask(new_keys),
    ]
    for _ in range(3):
        says += [ask(_sealed(dice, dice.randrange(2, 30))), answer(_sealed(dice, dice.randrange(2, 6)))]
    for _ in range(keystrokes):
        says.append(ask(_sealed(dice, dice.randrange(2, 5)), wait_us=dice.randrange(1_500_000, 30_000_000)))
        says.append(
            answer(_sealed(dice, dice.randrange(2, ONE_SEGMENT)), wait_us=dice.randrange(1000, 30_000))
        )
    return tuple(says)
