"""Prints every key of an etcd with what tells two values apart, and no value: list-objects.py ETCDCTL WHERE REVISION.

Reads at the revision when etcd still has it, else at its newest; etcdctl takes the rest from its environment.
"""

import base64
import hashlib
import json
import subprocess
import sys

PAGE = 500


def read(key, revision, limit):
    command = [sys.argv[1], "get", key, "--from-key", f"--limit={limit}", f"--rev={revision}", "--write-out=json"]
    return subprocess.run([*command, "--command-timeout=2m"], capture_output=True, check=False)


def page(key, revision, limit):
    answer = read(key, revision, limit)
    if answer.returncode != 0:
        sys.exit(answer.stderr.decode(errors="replace"))
    return json.loads(answer.stdout)


def encryption(value):
    """Name of the key that encrypts a value of the API server's; nothing for one in clear."""
    parts = value[:300].split(b":")
    return parts[4].decode(errors="replace") if parts[:2] == [b"k8s", b"enc"] and len(parts) > 5 else ""


def main(where, revision):
    compacted = b"compacted" in read("", revision, 1).stderr
    at = page("", 0, 1)["header"]["revision"] if compacted else revision
    print("revision", where, at, sep="\t")
    last, more = "", True
    while more:
        # The first of a page is the last of the one before.
        answer = page(last, at, PAGE + (last != ""))
        kvs = answer.get("kvs", [])[1 if last else 0 :]
        for kv in kvs:
            value = base64.b64decode(kv.get("value", ""))
            digest = hashlib.sha256(value).hexdigest()
            fields = [kv["key"], kv["create_revision"], kv["mod_revision"], digest, encryption(value)]
            print("object", where, *fields, sep="\t")
        if kvs:
            last = base64.b64decode(kvs[-1]["key"])
        more = answer.get("more", False)


main(sys.argv[2], sys.argv[3])
