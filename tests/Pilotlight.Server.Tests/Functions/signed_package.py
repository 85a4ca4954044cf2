"""Makes a signed package byte by byte, apart from every line of C# that reads or writes one: what the verifier must accept.

usage: signed_package.py ROOT_PEM_OUT   -> the zip in base64 on standard output. Needs openssl for the keys and the one signature.
The message is in BER with indefinite lengths, as AWS's are.
"""
import base64
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile

PROFILE = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/team/0123456789"
JOB = "arn:aws:signer:eu-central-1:123456789012:/signing-jobs/by-hand"


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for number in rest:
        septets = [number & 127]
        while number := number >> 7:
            septets.insert(0, 128 | (number & 127))
        out += bytes(septets)
    return der(6, out)


def attribute(name, value):
    return der(0x30, oid(name), der(0x31, value))


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout


def element(data, at=0):
    """The bytes of the element that begins here, and where its content begins."""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[start:start + count], "big"), start + count
    return data[at:start + length], start - at


def issuer_and_serial(certificate):
    _, start = element(certificate)
    tbs, inner = element(certificate, start)
    parts, at = [], inner
    while len(parts) < 4:
        part, _ = element(tbs, at)
        parts.append(part)
        at += len(part)
    assert parts[0][0] == 0xA0  # version 3
    return der(0x30, parts[3], parts[1])


def certificates(folder):
    def run(*arguments):
        openssl(*arguments)
    path = lambda name: os.path.join(folder, name)
    for name in ("root", "leaf"):
        run("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", path(name + ".key"))
    run("req", "-x509", "-new", "-key", path("root.key"), "-sha384", "-days", "36500", "-subj", "/CN=by hand", "-out", path("root.pem"))
    run("req", "-new", "-key", path("leaf.key"), "-subj", "/CN=signer", "-out", path("leaf.csr"))
    with open(path("ext"), "w") as extensions:
        extensions.write("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=codeSigning\n")
    run("x509", "-req", "-in", path("leaf.csr"), "-CA", path("root.pem"), "-CAkey", path("root.key"), "-CAcreateserial", "-sha384", "-days", "36500",
        "-extfile", path("ext"), "-out", path("leaf.pem"))
    return [openssl("x509", "-in", path(name + ".pem"), "-outform", "DER") for name in ("leaf", "root")]


def main():
    entries = [("app.py", b"print('by hand')\n"), ("lib/", b""), ("lib/data.bin", bytes(range(256))), ("META_INF/", b"")]
    digest = hashlib.sha384(b"".join(name.encode() + body for name, body in entries)).digest()
    with tempfile.TemporaryDirectory() as folder:
        leaf, root = certificates(folder)
        # Not before its certificates are good, however slow the machine.
        now = subprocess.run(["date", "-u", "+%Y%m%d%H%M%S"], check=True, capture_output=True, text=True).stdout.strip()
        sha384 = der(0x30, oid("2.16.840.1.101.3.4.2.2"))
        attributes = sorted([
            attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1")),
            attribute("1.2.840.113549.1.9.4", der(4, hashlib.sha384(digest).digest())),
            attribute("1.2.840.113549.1.9.5", der(24, (now + ".806Z").encode())),
            attribute("1.3.187.137.1.3", der(24, b"20991231235959.806Z")),
            attribute("1.3.187.137.1.2", der(12, JOB.encode())),
            attribute("1.3.187.137.1.4", der(12, PROFILE.encode())),
            attribute("1.2.840.113549.1.9.52", der(0x30, sha384, der(0xA1, oid("1.2.840.10045.4.3.3")))),
        ])
        signature = openssl("dgst", "-sha384", "-sign", os.path.join(folder, "leaf.key"), data=der(0x31, *attributes))
        with open(os.path.join(folder, "root.pem")) as pem, open(sys.argv[1], "w") as out:
            out.write(pem.read())
    signer = der(0x30, der(2, b"\x01"), issuer_and_serial(leaf), sha384, der(0xA0, *attributes), der(0x30, oid("1.2.840.10045.4.3.3")), der(4, signature))
    signed = der(0x30, der(2, b"\x01"), der(0x31, sha384), der(0x30, oid("1.2.840.113549.1.7.1")), der(0xA0, leaf, root), der(0x31, signer))
    message = b"\x30\x80" + oid("1.2.840.113549.1.7.2") + b"\xa0\x80" + signed + b"\0\0\0\0"
    text = base64.encodebytes(message).decode()
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries:
            archive.writestr(name, body)
        archive.writestr("META_INF/aws_signer_signature_v1.0.SF", f"-----BEGIN PKCS7-----\n{text}-----END PKCS7-----\n")
    print(base64.b64encode(package.getvalue()).decode())


main()
