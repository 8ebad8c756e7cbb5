"""Digital signatures of PDFs: who signed, and whether the file is still what was signed."""

import io

import pikepdf
import pytest

from fixtures.signing import DAY, sign
from scanflow.errors import DamagedInputError
from scanflow.pdf.document import SignatureState
from scanflow.pdf.signatures import file_signatures


@pytest.fixture(scope="module")
def signed() -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        target = io.BytesIO()
        pdf.save(target)
    return sign(target.getvalue())


def test_a_signature_says_who_signed_when_and_that_nothing_was_changed(signed: bytes) -> None:
    (found,) = file_signatures(signed)
    assert found.state is SignatureState.INTACT and found.whole
    assert found.signer == "scanflow fixtures: trust nothing signed with this"
    assert (found.serial, found.reason, found.place) == ("1", "Ban hanh", "Can Tho")
    assert found.signed_at == DAY
    assert found.valid_from is not None and found.valid_until is not None
    assert found.valid_from < DAY < found.valid_until


def test_a_changed_byte_and_a_foreign_signature_are_seen(signed: bytes) -> None:
    at = signed.index(b"/Page") + 2
    changed = signed[:at] + b"b" + signed[at + 1 :]
    assert file_signatures(changed)[0].state is not SignatureState.INTACT
    at = signed.index(b"%PDF-1.") + 7
    other_version = signed[:at] + b"6" + signed[at + 1 :]
    assert signed != other_version
    assert file_signatures(other_version)[0].state is SignatureState.CHANGED


def test_what_was_added_after_a_signature_is_reported(signed: bytes) -> None:
    (found,) = file_signatures(signed + b"\n% more\n%%EOF\n")
    assert found.state is SignatureState.INTACT and not found.whole


def test_a_signature_that_cannot_be_read_is_reported(signed: bytes) -> None:
    at = signed.index(b"/Contents <") + len(b"/Contents <") if b"/Contents <" in signed else 0
    at = at or signed.index(b"/Contents<") + len(b"/Contents<")
    damaged = signed[:at] + b"00" * 40 + signed[at + 80 :]
    assert file_signatures(damaged)[0].state is SignatureState.UNREADABLE
    with pytest.raises(DamagedInputError):
        file_signatures(b"no pdf")
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        target = io.BytesIO()
        pdf.save(target)
    assert file_signatures(target.getvalue()) == ()


def test_a_key_of_an_unknown_kind_leaves_the_signature_unreadable_with_its_signer(signed: bytes) -> None:
    rsa, unknown = b"2A864886F70D010101", b"2A864886F70D01017F"  # object identifiers in the certificate
    assert signed.count(rsa) == 1
    (found,) = file_signatures(signed.replace(rsa, unknown))
    assert found.state is SignatureState.UNREADABLE
    assert found.signer.startswith("scanflow fixtures")


@pytest.mark.parametrize("direct", [False, True])
def test_a_signature_in_its_field_is_found_once(direct: bool) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        value = pikepdf.Dictionary(ByteRange=[0, 1, 2, 3], Contents=b"x", Name="Ai do")
        field = pikepdf.Dictionary(V=value if direct else pdf.make_indirect(value))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[pdf.make_indirect(field)])
        target = io.BytesIO()
        pdf.save(target)
    (found,) = file_signatures(target.getvalue())
    assert (found.state, found.signer) == (SignatureState.UNREADABLE, "Ai do")
