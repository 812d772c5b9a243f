"""Compiled text and hashes say what Python's own say."""

from base64 import b64encode
from hashlib import blake2b, sha1
from socket import AF_INET, AF_INET6, inet_ntop

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.compiled import digests, text

GROUPS = st.lists(
    st.sampled_from((0, 0, 0, 1, 0xFFFF, 0x0DB8, 0x0102)) | st.integers(0, 0xFFFF), min_size=8, max_size=8
)


def written(put, *values):
    out = np.zeros(64, np.uint8)
    return out[: put(out, 0, *values)].tobytes().decode()


@settings(deadline=None, max_examples=300)
@given(groups=GROUPS)
def test_ipv6_addresses(groups):
    packed = b"".join(group.to_bytes(2, "big") for group in groups)
    halves = [np.uint64(int.from_bytes(packed[at : at + 8], "big")) for at in (0, 8)]
    assert written(text.put_ipv6, *halves) == inet_ntop(AF_INET6, packed)


@settings(deadline=None)
@given(packed=st.binary(min_size=4, max_size=4))
def test_ipv4_addresses(packed):
    assert written(text.put_ipv4, np.uint64(int.from_bytes(packed, "big"))) == inet_ntop(AF_INET, packed)


@settings(deadline=None)
@given(number=st.integers(-(10**17), 10**17))
def test_whole_numbers(number):
    assert written(text.put_number, np.int64(number)) == str(number)


@settings(deadline=None)
@given(data=st.binary(max_size=55))
def test_sha1_and_base64(data):
    block, digest = np.zeros(64, np.uint8), np.zeros(5, np.int64)
    block[: len(data)] = list(data)
    digests.sha1(block, len(data), digest, np.zeros(80, np.int64))
    assert written(text.put_base64, digest) == b64encode(sha1(data, usedforsecurity=False).digest()).decode()


@settings(deadline=None)
@given(data=st.binary(max_size=128))
def test_blake2b(data):
    block, words, spare = np.zeros(128, np.uint8), np.zeros(16, np.uint64), np.zeros(16, np.uint64)
    block[: len(data)] = list(data)
    digests.blake2b_128(block, len(data), words, spare)
    assert words[:2].astype("<u8").tobytes() == blake2b(data, digest_size=16).digest()
