"""A model learned from papers whose type people confirmed: further evidence for a paper's type.

A linear model on character n-grams (`page_ngrams`), made by `learning` and kept as one file. It is
asked where the rules are not sure. It abstains below the score from which on it was right often enough on the
site's own papers; its confidence is how often it was right there.

The file (`.npz`, no pickle) holds published words, n-grams of them that occur in papers of several dossiers,
weights and counts: nothing of any single paper.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from scanflow.classify.learned.page_ngrams import CountedWords, PublicWords, ngrams, page_words, word_ngrams
from scanflow.classify.page_view import PageView
from scanflow.classify.profiles import Profiles
from scanflow.classify.titles import MAX_HEADS, Candidate, title_line
from scanflow.disk import sync_folder, write_whole
from scanflow.errors import SettingsError, UsageError
from scanflow.model import Evidence

if TYPE_CHECKING:  # loaded only where there is a model: a worker's own process needs no NumPy otherwise
    import numpy as np
    from numpy.typing import NDArray

SCHEMA = 1
FILE = "learned-types.npz"
"""The model's file in the home folder."""

CUE = "learned: words as in papers that people confirmed"
"""The evidence's cue."""

OTHER = ""
"""The class of papers that are of none of the learned types."""

# A type with a title is sure from the usual threshold on; one without must have this confidence.
SURE_WITHOUT_TITLE = 0.75
# A page with fewer known n-grams says too little.
LEAST_NGRAMS = 30
# So many of the page's words are named as evidence.
NAMED_WORDS = 4

Array: TypeAlias = "NDArray[np.float32]"


@dataclass(frozen=True)
class LearnedTypes:
    """The model. `idf` has a value for each n-gram, `weights` a row for each and a column for each of
    `types`, `bias` a value for each type.

    `threshold` is the score (0 to 1) below which it abstains, `trust` the confidence that it gives above;
    `report` says when it was made, from how many papers, and how good it is (numbers and dates only).
    """

    types: tuple[str, ...]
    ngrams: tuple[str, ...]
    public: PublicWords = field(repr=False)
    idf: Array = field(repr=False)
    weights: Array = field(repr=False)
    bias: Array = field(repr=False)
    threshold: float = 1.0
    trust: float = 0.0
    report: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {ngram: index for index, ngram in enumerate(self.ngrams)}

    def guess(self, counts: Counter[str]) -> tuple[str, float] | None:
        """The likeliest type of a page with these n-grams and its score (0 to 1), whatever the threshold.

        The type is `OTHER` where the page looks like none of them; None where it has too few known n-grams.
        """
        import numpy as np  # noqa: PLC0415 - as at the head

        features = self._features(counts)
        if features is None:
            return None
        chances = 1 / (1 + np.exp(-(features[1] @ self.weights[features[0]] + self.bias)))
        order = np.argsort(chances)
        best = int(order[-1])
        rival = float(chances[order[-2]]) if len(order) > 1 else 0.0
        return self.types[best], float(chances[best]) * (1 - rival)

    def telling_words(self, words: CountedWords, type: str) -> list[str]:
        """The words of a page that are the strongest evidence for a type, the strongest first."""
        column = self.types.index(type)
        value = {
            word: sum(
                float(self.weights[self._index[each], column] * self.idf[self._index[each]])
                for each in word_ngrams(word)
                if each in self._index
            )
            for run in (*words.headings, *words.text)
            for word in run
        }
        speaking = [word for word in value if value[word] > 0]
        return sorted(speaking, key=lambda word: -value[word])[:NAMED_WORDS]

    def _features(self, counts: Counter[str]) -> "tuple[NDArray[np.intp], Array] | None":
        """Indices of the known n-grams and their tf-idf values, as a vector of length 1;

        None where too few are known.
        """
        import numpy as np  # noqa: PLC0415 - as at the head

        index = self._index
        known = [(index[each], count) for each, count in counts.items() if each in index]
        if len(known) < LEAST_NGRAMS:
            return None
        at = np.array([each for each, _ in known], dtype=np.intp)
        values = (1 + np.log(np.array([count for _, count in known], dtype=np.float32))) * self.idf[at]
        return at, (values / np.linalg.norm(values)).astype(np.float32)


def is_sure(best: Candidate | None, min_confidence: float) -> bool:
    """Whether the rules are so sure of a page's type that the model is not asked."""
    if best is None or best.confidence < min_confidence:
        return False
    return best.top is not None or best.confidence >= SURE_WITHOUT_TITLE


def with_learned(
    ranked: Sequence[Candidate],
    seen: PageView,
    profiles: Profiles,
    *,
    page: int = 0,
    min_confidence: float,
) -> Candidate | None:
    """The best candidate for the first page of a paper, by the rules and the learned model; None without one.

    `ranked` are the rules' candidates, the surest first. Where they are sure they stay; else a type that
    was learned takes their place if its score reaches the model's threshold.
    """
    best, learned = ranked[0] if ranked else None, profiles.learned
    if learned is None or is_sure(best, min_confidence):
        return best
    words = page_words(seen, learned.public)
    found = learned.guess(ngrams(words))
    if found is None or found[0] not in profiles.types or found[1] < learned.threshold:
        return best
    evidence = Evidence(CUE, ", ".join(learned.telling_words(words, found[0])), round(found[1], 3), page)
    candidate = weighed(ranked, found[0], learned.trust, evidence)
    title = title_line(seen)
    own = title[0].text if title and title[0].box.top < seen.height / 2 else ""
    return replace(candidate, title=candidate.title or own)


def weighed(ranked: Sequence[Candidate], type: str, trust: float, evidence: Evidence) -> Candidate:
    """The candidate of a learned type, together with the rules' evidence for the same type."""
    ruled = next((candidate for candidate in ranked if candidate.type == type), None)
    trust = min(trust, MAX_HEADS)
    if ruled is None:
        return Candidate(type, trust, (evidence,))
    return replace(
        ruled,
        confidence=max(ruled.confidence, min(MAX_HEADS, 1 - (1 - ruled.confidence) * (1 - trust))),
        evidence=(*ruled.evidence, evidence),
    )


# ---- the file


def encode(model: LearnedTypes) -> bytes:
    """The file's bytes; the same model always gives the same bytes."""
    import numpy as np  # noqa: PLC0415 - as at the head

    said = {
        "schema": SCHEMA,
        "types": model.types,
        "threshold": model.threshold,
        "trust": model.trust,
        "report": dict(model.report),
    }
    texts = {
        "said": json.dumps(said, ensure_ascii=False, sort_keys=True),
        "ngrams": "\n".join(model.ngrams),
        "words": "\n".join(sorted(model.public.words)),
        "pairs": "\n".join(sorted(model.public.pairs)),
    }
    arrays: dict[str, Any] = {
        name: np.frombuffer(text.encode(), dtype=np.uint8) for name, text in texts.items()
    }
    file = io.BytesIO()
    np.savez_compressed(file, idf=model.idf, weights=model.weights, bias=model.bias, **arrays)
    return file.getvalue()


def decode(data: bytes) -> LearnedTypes:
    """The model of a file's bytes. Raises SettingsError where they are damaged or of another schema."""
    import numpy as np  # noqa: PLC0415 - as at the head

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            texts = {name: file[name].tobytes().decode() for name in ("said", "ngrams", "words", "pairs")}
            said = json.loads(texts["said"])
            if said["schema"] != SCHEMA:
                raise _unfit(f"it is of schema {said['schema']}")
            model = LearnedTypes(
                types=tuple(said["types"]),
                ngrams=tuple(texts["ngrams"].split("\n")),
                public=PublicWords(
                    frozenset(texts["words"].split("\n")), frozenset(texts["pairs"].split("\n"))
                ),
                idf=file["idf"].astype(np.float32),
                weights=file["weights"].astype(np.float32),
                bias=file["bias"].astype(np.float32),
                threshold=float(said["threshold"]),
                trust=float(said["trust"]),
                report=dict(said["report"]),
            )
    except (ValueError, LookupError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise _unfit("it is damaged") from error
    shapes = (model.idf.shape, model.weights.shape, model.bias.shape)
    count, kinds = len(model.ngrams), len(model.types)
    if shapes != ((count,), (count, kinds), (kinds,)):
        raise _unfit("it is damaged")
    return model


def _unfit(why: str) -> SettingsError:
    return SettingsError(
        f"{FILE} in the home folder can't be used: {why}. Make it again with `scanflow profiles learn`, or "
        "remove it: `scanflow profiles learned --forget`",
        "Tệp mô hình đã học không dùng được. Hãy báo cho người quản trị hệ thống.",
    )


def load_learned(home: Path) -> LearnedTypes | None:
    """The model that is in use, None where there is none. Raises SettingsError."""
    try:
        data = (home / FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unfit(error.strerror or "it can't be read") from error
    return decode(data)


def keep(home: Path, model: LearnedTypes) -> Path:
    """Write the model's file, whole or not at all; returns its path. Raises UsageError."""
    path = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        write_whole(path, [encode(model)])
        sync_folder(home)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "Không ghi được tệp mô hình đã học.") from error
    return path


def forget(home: Path) -> bool:
    """Remove the model's file; returns whether there was one. Raises UsageError."""
    path = home / FILE
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "Không xóa được tệp mô hình đã học.") from error
    return True
