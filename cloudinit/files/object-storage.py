#!/usr/bin/python3
"""Keeps files in S3-compatible object storage.

    list                          addresses right below the prefix, s3://BUCKET/KEY, one a line
    put FILE NAME
    get s3://BUCKET/KEY FILE
    delete NAME

Signs requests by itself (AWS Signature Version 4).
"""

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import ssl
import sys
import time
import urllib.parse
import xml.etree.ElementTree

SETTINGS = "/etc/kovhernetes/object-storage.json"
TIMEOUT = 120
# Seconds before each attempt: what a server or a network does wrong may pass.
DELAYS = (0, 2, 8, 30)
EMPTY = hashlib.sha256(b"").hexdigest()


class Failure(Exception):
    """Why a request was not carried out."""


def encode(text, safe=""):
    return urllib.parse.quote(text, safe="-._~" + safe)


def authorization(settings, method, path, query, headers, at):
    """Value of the header `Authorization`, which covers all `headers`."""

    def keyed(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()

    names = sorted(headers)
    signed = ";".join(names)
    lines = [method, path, query, *(f"{name}:{headers[name]}" for name in names), "", signed]
    request = "\n".join([*lines, headers["x-amz-content-sha256"]])
    scope = [at[:8], settings["region"], "s3", "aws4_request"]
    text = "\n".join(["AWS4-HMAC-SHA256", at, "/".join(scope), hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + settings["secretKey"]).encode()
    for part in scope:
        key = keyed(key, part)
    signature = keyed(key, text).hex()
    credential = "/".join([settings["accessKey"], *scope])
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"


def attempt(settings, method, path, query, body, receive):
    address = urllib.parse.urlsplit(settings["endpoint"])
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": address.netloc,
        "x-amz-content-sha256": EMPTY if body is None else digest_of(body, "sha256").hex(),
        "x-amz-date": at,
    }
    if body is not None:
        headers["content-md5"] = base64.b64encode(digest_of(body, "md5")).decode()
    headers["authorization"] = authorization(settings, method, path, query, headers, at)
    connection = kind(address.hostname, address.port, timeout=TIMEOUT)
    try:
        if body is None:
            connection.request(method, f"{path}?{query}" if query else path, headers=headers)
        else:
            headers["content-length"] = str(os.path.getsize(body))
            try:
                with open(body, "rb") as file:
                    connection.request(method, path, file, headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # A server that refuses may answer before it has read everything.
        response = connection.getresponse()
        if response.status < 300:
            return receive(response)
        answer = f"HTTP {response.status} {words_of(response.read(65536))}"
        if response.status >= 500 or response.status == 429:
            raise ConnectionError(answer)
        raise Failure(answer)
    finally:
        connection.close()


def request(settings, method, bucket, key="", query=(), body=None, receive=lambda response: response.read()):
    """@throws Failure that names the request."""
    path = f"/{encode(bucket)}/{encode(key, '/')}" if key else f"/{encode(bucket)}"
    text = "&".join(sorted(f"{encode(name)}={encode(value)}" for name, value in query))
    for number, delay in enumerate(DELAYS, 1):
        time.sleep(delay)
        try:
            return attempt(settings, method, path, text, body, receive)
        except (Failure, OSError, http.client.HTTPException) as error:
            final = isinstance(error, (Failure, ssl.SSLCertVerificationError)) or number == len(DELAYS)
            if final:
                raise Failure(f"{method} {settings['endpoint']}{path}: {error or repr(error)}") from error
            print(f"attempt {number}: {error}", file=sys.stderr)


def digest_of(name, kind):
    digest = hashlib.new(kind, usedforsecurity=False)
    with open(name, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.digest()


def words_of(answer):
    """Code and message of S3's answer to a failure, or what there is in their place."""
    try:
        root = xml.etree.ElementTree.fromstring(answer)
        found = [root.findtext("Code"), root.findtext("Message")]
    except xml.etree.ElementTree.ParseError:
        found = [answer.decode(errors="replace")]
    return " ".join(" ".join(filter(None, found)).split())[:300]


def keys_below(settings):
    prefix = settings["prefix"] + "/"
    token = None
    while True:
        # What is below another slash is another cluster's.
        query = [("list-type", "2"), ("prefix", prefix), ("delimiter", "/")]
        if token:
            query.append(("continuation-token", token))
        root = xml.etree.ElementTree.fromstring(request(settings, "GET", settings["bucket"], query=query))
        # Some servers name the namespace of S3's answers, and some do not.
        for key in root.iterfind("{*}Contents/{*}Key"):
            yield key.text
        token = root.findtext("{*}NextContinuationToken")
        if not token:
            return


def save(response, name):
    with open(name + ".partial", "wb") as file:
        size = 0
        while chunk := response.read(1 << 20):
            size += file.write(chunk)
    expected = response.getheader("content-length")
    if expected is not None and size != int(expected):
        raise ConnectionError(f"{size} of {expected} bytes came")
    os.rename(name + ".partial", name)


def main(command, *args):
    with open(SETTINGS, encoding="utf-8") as file:
        settings = json.load(file)
    if command == "list":
        for key in keys_below(settings):
            print(f"s3://{settings['bucket']}/{key}")
    elif command == "put":
        request(settings, "PUT", settings["bucket"], f"{settings['prefix']}/{args[1]}", body=args[0])
    elif command == "get":
        bucket, _, key = args[0].removeprefix("s3://").partition("/")
        request(settings, "GET", bucket, key, receive=lambda response: save(response, args[1]))
    elif command == "delete":
        request(settings, "DELETE", settings["bucket"], f"{settings['prefix']}/{args[0]}")
    else:
        sys.exit(f"unknown command {command}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Failure, OSError, xml.etree.ElementTree.ParseError) as error:
        sys.exit(str(error))
