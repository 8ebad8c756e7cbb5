"""A document's type, names and values follow a new reading, except where a person set them."""

from dataclasses import replace

from scanflow.archive.logbook import FIELD_SET, LogEntry
from scanflow.classify.profile_files import load_profiles
from scanflow.clock import now
from scanflow.model import Document, Evidence, FieldValue, PageReading, Quality, RowMatch, Word
from scanflow.model import Geometry as Lies
from scanflow.night.runs.entry import Entry, entry_after, entry_of, names_set, type_is_set
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.settings import ClassifySettings
from tests.review.filing import SIZE, value, words_of

PROFILES = load_profiles()
CERTIFICATE = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "GIẤY CHỨNG SINH"]


def reading(words: tuple[Word, ...]) -> PageReading:
    return PageReading(
        Lies(), SIZE, (200, 200), "stated", blank=False, quality=Quality(1, 1), fingerprint="", codes=(),
        words=words, confidence=0.97, engine="test",
    )  # fmt: skip


def document(**more: object) -> Document:
    plain = Document(1, "unknown", 0.2, "GIẤY LẠ", (), {}, "batch")
    return replace(plain, **more)  # type: ignore[arg-type]  # names of its fields


def after(found: Document, kept: frozenset[str] = frozenset()) -> Entry:
    return entry_after(
        found,
        [reading(words_of(CERTIFICATE))],
        profiles=PROFILES,
        classify=ClassifySettings(),
        procedure=None,
        kept_names=kept,
    )


def test_a_type_follows_and_one_that_a_person_chose_stays() -> None:
    assert after(document()).type == "giay-chung-sinh"
    said = Evidence(CHOSEN, "can-cuoc", 1.0, 0)
    chosen = document(type="can-cuoc", confidence=1.0, evidence=(said,))
    assert type_is_set(chosen) and after(chosen).type == "can-cuoc"
    row = document(confidence=0.1, rows=(RowMatch("r1", 1.0, (Evidence(CHOSEN, "r1", 1.0, 0),)),))
    assert after(row).rows == row.rows
    # A surer type of before stays, too.
    assert after(document(type="can-cuoc", confidence=0.999)).type == "can-cuoc"


def test_values_that_people_set_or_took_away_stay() -> None:
    mine = FieldValue("name", "Nguyen", "Nguyễn Thị Hòa", 1.0, source="person")
    entry = after(document(field_details=(mine,), fields={"name": mine.value}), frozenset({"name"}))
    assert [each for each in entry.details if each.name == "name"] == [mine]
    assert entry.fields["name"] == mine.value
    gone = after(document(), frozenset({"copy_kind"}))
    assert "copy_kind" not in gone.fields


def test_fields_that_people_set_are_known_by_the_entry_and_the_log() -> None:
    log = [LogEntry(now(), "thu", FIELD_SET, "x", before={"field": "date", "value": "1"}, after={})]
    found = document(field_details=(value("name", "x", source="person"), value("other", "y")))
    assert names_set(found, log) == {"name", "date"}


def test_an_entry_is_the_same_from_json() -> None:
    found = document(
        rows=(RowMatch("r1", 0.7, (Evidence("words", "x", 0.7, 0),)),),
        field_details=(value("name", "Hoa", 0.6, problems=("filled-in",)),),
        fields={"name": "Hoa"},
    )
    assert Entry.from_json(entry_of(found).to_json()) == entry_of(found)
