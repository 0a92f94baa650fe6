#!/usr/bin/python3
"""Puts a tag at the end of a sealed snapshot (add FILE), or checks it and takes it off (remove FILE).

HMAC-SHA-256 under a key derived from the passphrase and from the salt with which `openssl enc` began the file: encryption by
itself would not show that somebody altered it.
"""

import hashlib
import hmac
import os
import sys

PASSPHRASE = "/etc/kovhernetes/snapshot-passphrase"
ITERATIONS = 600_000
TAG_SIZE = hashlib.sha256().digest_size


def tag_of(name, size):
    """Tag of the first `size` bytes of a file."""
    with open(PASSPHRASE, "rb") as file:
        passphrase = file.readline().rstrip(b"\r\n")
    with open(name, "rb") as file:
        salt = file.read(16)
        key = hashlib.pbkdf2_hmac("sha256", passphrase, b"kovhernetes snapshot tag " + salt, ITERATIONS)
        digest = hmac.new(key, salt, hashlib.sha256)
        left = size - len(salt)
        while left > 0:
            chunk = file.read(min(left, 1 << 20))
            if not chunk:
                raise EOFError(name)
            digest.update(chunk)
            left -= len(chunk)
    return digest.digest()


def add(name):
    tag = tag_of(name, os.path.getsize(name))
    with open(name, "ab") as file:
        file.write(tag)
    return 0


def remove(name):
    size = os.path.getsize(name) - TAG_SIZE
    if size < 16:
        return 1
    with open(name, "rb") as file:
        file.seek(size)
        written = file.read()
    if not hmac.compare_digest(written, tag_of(name, size)):
        return 1
    os.truncate(name, size)
    return 0


if __name__ == "__main__":
    sys.exit({"add": add, "remove": remove}[sys.argv[1]](sys.argv[2]))
