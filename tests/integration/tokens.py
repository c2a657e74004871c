"""JSON Web Tokens signed with a key that is made for the run (openssl)."""

import base64
import functools
import json
import pathlib
import subprocess
import tempfile


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@functools.cache
def _key():
    return subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout


def _with_key(*command, data=None):
    with tempfile.TemporaryDirectory() as folder:
        key = pathlib.Path(folder) / "key.pem"
        key.write_bytes(_key())
        return subprocess.run(["openssl", *command, key], input=data, check=True,
                              capture_output=True).stdout


@functools.cache
def jwks():
    """The JWKS document that holds the key, as a JwtProvider's local_jwks."""
    modulus = _with_key("rsa", "-noout", "-modulus", "-in").decode().strip().split("=")[1]
    key = {"kty": "RSA", "alg": "RS256", "kid": "k", "n": _base64url(bytes.fromhex(modulus)),
           "e": "AQAB"}
    return {"inline_string": json.dumps({"keys": [key]})}


def token(**claims):
    head = ".".join(_base64url(json.dumps(part).encode())
                    for part in ({"alg": "RS256", "kid": "k"}, claims))
    return f"{head}.{_base64url(_with_key('dgst', '-sha256', '-sign', data=head.encode()))}"
