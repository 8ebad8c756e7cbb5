"""The keys of objects: only this module knows the layout of the bucket.

    archive.json                                         which archive this is
    dossiers/<number>/<nn>-<type>/v<k>.pdf               one version of a document
    dossiers/<number>/<nn>-<type>/v<k>.words.json.zst    the words of that version
    dossiers/<number>/sources/<sha256><suffix>           a captured file of which documents are not all
    dossiers/<number>/manifest/<k>.json                  what the dossier holds, for the k-th time
    intake/<batch>/<page>.<sha256>.<ext>                 captured bytes
    intake/<batch>/files/<file>.<sha256><suffix>         files as they came
    intake/<batch>/manifest/<k>.json                     what became of its files and pages, for the k-th time
    log/<first>-<last>.<hash>.jsonl.zst                  entries of the audit log

Every key is written once; what changes gets a new number.

Whatever stands between two slashes is percent-encoded where it isn't plain ASCII, so that a number such
as `03706/2026/07906` stays one segment and every key is a harmless path on any file system.
"""

import re
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import quote, unquote

from scanflow.errors import StoreError
from scanflow.model import MediaType

ARCHIVE = "archive.json"
DOSSIERS = "dossiers/"
INTAKE = "intake/"
LOG = "log/"

# S3 allows 1,024 bytes a key; a file name may have 255, of which the folder store needs a few.
MAX_KEY_BYTES = 1024
MAX_SEGMENT_BYTES = 240

EXTENSIONS: dict[MediaType, str] = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_MANIFEST_NAME = re.compile(r"(?:dossiers|intake)/[^/]+/manifest/(?P<k>\d{6,})\.json")
_SEGMENT_NAME = re.compile(r"log/(?P<first>\d{12})-(?P<last>\d{12})\.(?P<hash>[0-9a-f]{64})\.jsonl\.zst")
_INTAKE_NAME = re.compile(
    r"intake/[^/]+/(?P<files>files/)?(?P<no>\d+)\.(?P<sha256>[0-9a-f]{64})(?P<suffix>\.[a-z0-9]+)?"
)


def encode_segment(text: str) -> str:
    """`text` (brought to NFC) as one segment of a key; `decode_segment` gives it back."""
    encoded = quote(normalize("NFC", text), safe="")
    return "%2E" + encoded[1:] if encoded.startswith(".") else encoded


def decode_segment(segment: str) -> str:
    """The text that `encode_segment` was given, in NFC."""
    return unquote(segment)


def dossier_prefix(number: str) -> str:
    """Where all objects of a dossier (hồ sơ) stand; ends with a slash."""
    return f"{DOSSIERS}{encode_segment(number)}/"


def document_key(number: str, no: int, type: str, version: int) -> str:
    """The PDF of one version of a document."""
    return f"{_version_stem(number, no, type, version)}.pdf"


def words_key(number: str, no: int, type: str, version: int) -> str:
    """The words of one version of a document."""
    return f"{_version_stem(number, no, type, version)}.words.json.zst"


def source_key(number: str, sha256: str, name: str) -> str:
    """A captured file that is kept in a dossier, once, whichever of its documents have pages of it; of its
    name only the suffix is kept.
    """
    return f"{dossier_prefix(number)}sources/{sha256}{_suffix(name)}"


def manifest_key(number: str, k: int) -> str:
    """The k-th manifest of a dossier, from 1; zero-padded, so that a listing is in order."""
    return f"{dossier_prefix(number)}{_manifest_name(k)}"


def intake_prefix(batch_id: str) -> str:
    """Where all objects of a batch stand; ends with a slash."""
    return f"{INTAKE}{encode_segment(batch_id)}/"


def intake_key(batch_id: str, no: int, sha256: str, media_type: MediaType) -> str:
    """The captured bytes of page `no` of a batch."""
    return f"{intake_prefix(batch_id)}{no:04}.{sha256}.{EXTENSIONS[media_type]}"


def intake_file_key(batch_id: str, no: int, sha256: str, name: str) -> str:
    """File `no` of a batch as it came; of its name only the suffix is kept, the ledger has the rest."""
    return f"{intake_prefix(batch_id)}files/{no:04}.{sha256}{_suffix(name)}"


def intake_manifest_key(batch_id: str, k: int) -> str:
    """The k-th manifest of a batch."""
    return f"{intake_prefix(batch_id)}{_manifest_name(k)}"


def manifest_number(key: str) -> int | None:
    """Which manifest of its dossier or batch a key means, or None when it isn't the key of one."""
    match = _MANIFEST_NAME.fullmatch(key)
    return int(match["k"]) if match else None


def decode_owner(key: str) -> str:
    """The dossier number or batch id that a key of `dossiers/` or `intake/` belongs to."""
    return decode_segment(key.split("/")[1])


def segment_key(first: int, last: int, hash: str) -> str:
    """A segment of the log: the numbers of its entries, zero-padded, and the hash of the last."""
    return f"{LOG}{first:012}-{last:012}.{hash}.jsonl.zst"


@dataclass(frozen=True, slots=True)
class SegmentName:
    """The parts of a log segment's key."""

    first: int
    last: int
    hash: str


def parse_segment_key(key: str) -> SegmentName | None:
    """The parts of a log segment's key; None for any other key."""
    match = _SEGMENT_NAME.fullmatch(key)
    return SegmentName(int(match["first"]), int(match["last"]), match["hash"]) if match else None


@dataclass(frozen=True, slots=True)
class IntakeName:
    """The parts of the key of captured bytes: a page's, or a whole file's (`is_file`)."""

    batch_id: str
    no: int
    sha256: str
    suffix: str
    is_file: bool


def parse_intake_key(key: str) -> IntakeName | None:
    """The parts of an intake key; None if it isn't the key of captured bytes."""
    match = _INTAKE_NAME.fullmatch(key)
    if match is None:
        return None
    return IntakeName(
        decode_owner(key), int(match["no"]), match["sha256"], match["suffix"], match["files"] is not None
    )


def check_key(key: str) -> str:
    """`key` itself; StoreError if it could lead outside the store's root, or is not valid in every store.

    Segments that start with a dot are reserved for the folder store; `..` would lead outside.
    """
    segments = key.split("/")
    wrong = (
        _CONTROL.search(key) is not None
        or any(not segment or segment.startswith(".") for segment in segments)
        or any(len(segment.encode()) > MAX_SEGMENT_BYTES for segment in segments)
        or len(key.encode()) > MAX_KEY_BYTES
    )
    if wrong:
        raise StoreError(
            "illegal object key: an empty or dotted segment, a control character, or too long",
            "Tên tài liệu trong kho lưu trữ không hợp lệ. Hãy báo cho người quản trị hệ thống.",
        )
    return key


def _suffix(name: str) -> str:
    """The end of a file's name that tells its kind, with its dot; empty where there is none."""
    suffix = re.search(r"\.[a-z0-9]{1,5}$", name.lower())
    return suffix[0] if suffix else ""


def _version_stem(number: str, no: int, type: str, version: int) -> str:
    return f"{dossier_prefix(number)}{no:02}-{encode_segment(type)}/v{version}"


def _manifest_name(k: int) -> str:
    return f"manifest/{k:06}.json"
