"""Reads the digital signatures (chữ ký số) of a PDF: who signed, by which certificate, and what they cover.

It is checked whether the covered bytes were changed after signing. It is not checked whether the certificate
is trusted by Vietnam's authorities or was revoked: this needs lists from the network, which an archive may
not reach.
"""

import io
import re
from datetime import UTC, datetime
from hashlib import new as new_hash
from itertools import islice
from typing import Any

import pikepdf
from asn1crypto import cms, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pikepdf import Dictionary, Name, Pdf

from scanflow.capture.pdf.signature_dictionaries import signature_dictionaries
from scanflow.errors import DamagedInputError
from scanflow.pdf.document import FileSignature, SignatureState

_MOST = 100
"""Greatest number of signatures of a file that are read."""
_LONGEST = 500
"""Greatest number of characters of a text that a signature or certificate states."""
_HEXADECIMAL = re.compile(rb"<[0-9A-Fa-f\s]*>")
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - older signatures were made with it; here they are only checked
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def file_signatures(data: bytes) -> tuple[FileSignature, ...]:
    """The signatures of a PDF in the order of their objects. Raises DamagedInputError if it is unreadable."""
    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            return tuple(_signature(data, each) for each in islice(signature_dictionaries(pdf), _MOST))
    except (pikepdf.PdfError, RuntimeError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def _signature(data: bytes, dictionary: Dictionary) -> FileSignature:
    reason, place = _text(dictionary.get(Name.Reason)), _text(dictionary.get(Name.Location))
    unread = FileSignature(
        SignatureState.UNREADABLE,
        _text(dictionary.get(Name.Name)),
        "",
        "",
        "",
        None,
        None,
        None,
        False,
        reason,
        place,
    )
    try:
        parts = [int(number) for number in dictionary.ByteRange]
        signed, whole = _signed_bytes(data, parts)
        content = cms.ContentInfo.load(bytes(dictionary.Contents))["content"]
        (info,) = content["signer_infos"]
        certificate = _certificate_of(content, info)
        validity = certificate["tbs_certificate"]["validity"]
        return FileSignature(
            _state(signed, info, certificate),
            _name(certificate.subject, "common_name"),
            _name(certificate.subject, "organization_name"),
            _name(certificate.issuer, "common_name") or _name(certificate.issuer, "organization_name"),
            f"{certificate.serial_number:X}",
            _aware(validity["not_before"].native),
            _aware(validity["not_after"].native),
            _signing_time(info),
            whole,
            reason,
            place,
        )
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, StopIteration):
        return unread


def _signed_bytes(data: bytes, parts: list[int]) -> tuple[bytes, bool]:
    """The bytes that a signature covers, and whether these are the whole file except the signature itself.

    `parts` are the two starts and lengths of its ByteRange. Raises ValueError if they leave out anything but
    the signature.
    """
    first, first_length, second, second_length = parts
    if min(parts) < 0 or first != 0 or second < first_length or second + second_length > len(data):
        raise ValueError("the file has no such bytes")
    if not _HEXADECIMAL.fullmatch(data[first_length:second]):
        raise ValueError("something else than the signature is left out")
    return data[:first_length] + data[second : second + second_length], second + second_length == len(data)


def _certificate_of(content: Any, info: Any) -> x509.Certificate:
    """The signer's certificate among those that the signature contains. Raises LookupError without one."""
    wanted = info["sid"]
    for each in content["certificates"]:
        found = each.chosen
        if wanted.name == "issuer_and_serial_number":
            if found.serial_number == wanted.chosen["serial_number"].native:
                return found
        elif found.key_identifier == wanted.chosen.native:
            return found
    raise LookupError("the signer's certificate is not there")


def _state(signed: bytes, info: Any, certificate: x509.Certificate) -> SignatureState:
    """The result of checking the bytes that a signature covers and the key of its certificate."""
    digest = info["digest_algorithm"]["algorithm"].native
    if digest not in _DIGESTS:
        return SignatureState.UNREADABLE
    attributes = info["signed_attrs"]
    if attributes.native is None:
        message = signed
    else:
        stated = next(
            each["values"][0].native for each in attributes if each["type"].native == "message_digest"
        )
        if stated != new_hash(digest, signed, usedforsecurity=False).digest():
            return SignatureState.CHANGED
        message = attributes.untag().dump(force=True)
    try:
        key = load_der_public_key(certificate.public_key.dump())
        _verify(key, info, message, _DIGESTS[digest])
    except InvalidSignature:
        return SignatureState.CHANGED
    except UnsupportedAlgorithm:
        return SignatureState.UNREADABLE
    return SignatureState.INTACT


def _verify(key: Any, info: Any, message: bytes, digest: hashes.HashAlgorithm) -> None:
    """Raise InvalidSignature or UnsupportedAlgorithm unless `message` was signed with the key."""
    value = info["signature"].native
    algorithm = info["signature_algorithm"]
    if isinstance(key, rsa.RSAPublicKey):
        if algorithm["algorithm"].native == "rsassa_pss":
            pss = padding.PSS(padding.MGF1(digest), algorithm["parameters"]["salt_length"].native)
            key.verify(value, message, pss, digest)
        else:
            key.verify(value, message, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(value, message, ec.ECDSA(digest))
    else:
        raise UnsupportedAlgorithm("a key of another kind")


def _signing_time(info: Any) -> datetime | None:
    """The time of signing by the signer's own clock, if the signature states it."""
    if info["signed_attrs"].native is None:
        return None
    for each in info["signed_attrs"]:
        if each["type"].native == "signing_time":
            return _aware(each["values"][0].native)
    return None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _name(name: x509.Name, part: str) -> str:
    found = name.native.get(part, "")
    return _text(found if isinstance(found, str) else ", ".join(map(str, found)))


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST].strip()
