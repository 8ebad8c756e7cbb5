"""Learning types from papers whose type a person set or confirmed, and judging whether the model helps.

A linear model in addition to the rules: logistic regression, a type against all others, on character n-grams
(`page_ngrams`). It is kept only where cross-validation on these very papers shows that
rules and model together do better than the rules alone. A dossier's papers are never both learned from and
judged by.

scikit-learn is needed here only; using a model needs NumPy.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from scanflow.classify.learned.learned_types import OTHER, Array, LearnedTypes, is_sure, weighed
from scanflow.classify.learned.learning_scores import MIN_TRUST, Score, score_of, sign_test, threshold_of
from scanflow.classify.learned.page_ngrams import PublicWords, ngrams, page_words, public_words
from scanflow.classify.page_view import PageView
from scanflow.classify.profiles import Profiles, types_asked_for
from scanflow.classify.titles import Candidate, classify_view
from scanflow.errors import MissingToolError
from scanflow.model import UNKNOWN_TYPE, Evidence

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# An n-gram or type that occurs in papers of fewer dossiers is not learned.
MIN_DOSSIERS = 5
FOLDS = 5
# The n-grams that tell the types apart best are enough.
MAX_NGRAMS = 10_000
# The gain must be more than chance explains: the highest p-value of a sign test on the papers that changed.
SIGNIFICANCE = 0.05
# scikit-learn's C, the inverse of the regularization; the usual range for tf-idf features is 1 to 100.
REGULARIZATION = 10.0


@dataclass(frozen=True, slots=True)
class ConfirmedPaper:
    """The first page of a paper whose type a person set or confirmed, with its dossier and procedure."""

    dossier: str
    type: str
    procedure: str | None
    seen: PageView


@dataclass(frozen=True, slots=True)
class Learning:
    """The result: the model if it is to be kept (else None), why, and the numbers.

    `rules` alone, `both`: with the model, each paper judged by a model that never saw its dossier.
    `rules_at_same_coverage` is the precision that the rules would have if they gave as many papers a type.
    `gained` papers are right with the model only, `lost` ones were right, or of no type, and are wrong now.
    """

    model: LearnedTypes | None
    why: str
    papers: int
    dossiers: int
    types: int
    rules: Score
    both: Score
    rules_at_same_coverage: float
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class _Sample:
    """A paper to learn from;

    `truth` is its type, `type` the same or `OTHER` where that is not to be learned.
    """

    dossier: str
    truth: str
    type: str
    counts: Counter[str]
    ranked: Sequence[Candidate]


_Guess = tuple[str, float] | None


def learn(
    papers: Sequence[ConfirmedPaper], profiles: Profiles, *, at: datetime, min_confidence: float
) -> Learning:
    """Train and judge. Raises MissingToolError without scikit-learn."""
    require_scikit_learn()
    public = public_words(profiles)
    samples = _samples(papers, profiles, public, min_confidence)
    types = {sample.type for sample in samples} - {OTHER}
    rules = score_of((sample.truth, _ruled(sample, min_confidence)) for sample in samples)
    if not types or len({sample.type for sample in samples}) < 2:
        why = (
            f"too few papers yet: of a type that the rules often miss, papers of {MIN_DOSSIERS} dossiers are "
            "the least, and papers of another"
        )
        return _learning(None, why, samples, types, rules, rules, rules.precision, 0, 0)
    guesses = _cross_validated(samples, public)
    unsure = [not is_sure(sample.ranked[0] if sample.ranked else None, min_confidence) for sample in samples]
    folds = _folds(samples)
    together = [
        _together(samples, fold, guesses, unsure, threshold_of(_asked(samples, guesses, unsure, skip=fold)))
        for fold in folds
    ]
    decided = {index: candidate for fold in together for index, candidate in fold.items()}
    both = score_of((s.truth, _given(decided[index], min_confidence)) for index, s in enumerate(samples))
    gained, lost = _changes(samples, decided, min_confidence)
    at_same = _precision_at(samples, both.right + both.wrong)
    threshold, trust = threshold_of(_asked(samples, guesses, unsure))
    numbers = (samples, types, rules, both, at_same, gained, lost)
    if trust < MIN_TRUST:
        return _learning(None, f"it is nowhere right in {MIN_TRUST:.0%} of the papers", *numbers)
    if both.precision <= at_same or sign_test(gained, lost) >= SIGNIFICANCE:
        return _learning(None, "the rules with it are not better than the rules alone", *numbers)
    report = _learning(None, "the rules with it are better than the rules alone", *numbers)
    model = _fit(samples, public, threshold, trust, {"made_at": at.isoformat(), **numbers_of(report)})
    return _learning(model, report.why, *numbers)


def require_scikit_learn() -> None:
    """Raise MissingToolError where it is not installed."""
    try:
        import sklearn  # noqa: F401, PLC0415 - only training needs it
    except ImportError as error:
        raise MissingToolError(
            "scikit-learn is not installed, which learning from confirmed papers needs: "
            "pip install 'scanflow[learn]'"
        ) from error


def numbers_of(learning: Learning) -> dict[str, Any]:
    """The numbers and the reason, to be shown and kept; nothing of any paper."""
    shown = {key: value for key, value in _plain(learning).items() if key != "model"}
    for key in ("rules", "both"):
        score: Score = getattr(learning, key)
        shown[key] = asdict(score) | {
            "precision": round(score.precision, 4),
            "coverage": round(score.coverage, 4),
        }
    return shown


def _plain(learning: Learning) -> dict[str, Any]:
    return {name: getattr(learning, name) for name in Learning.__dataclass_fields__}


def _learning(  # noqa: PLR0913, PLR0917 - the numbers of one trial
    model: LearnedTypes | None,
    why: str,
    samples: Sequence[_Sample],
    types: set[str],
    rules: Score,
    both: Score,
    at_same: float,
    gained: int,
    lost: int,
) -> Learning:
    dossiers = len({sample.dossier for sample in samples})
    return Learning(
        model, why, len(samples), dossiers, len(types), rules, both, round(at_same, 4), gained, lost
    )


# ---- papers


def _samples(
    papers: Sequence[ConfirmedPaper], profiles: Profiles, public: PublicWords, min_confidence: float
) -> tuple[_Sample, ...]:
    """The papers as samples.

    A type is learned where the rules are not sure of its papers in several dossiers. The papers of all other
    types are examples of `OTHER`.
    """
    ranked = [classify_view(p.seen, profiles, likely=types_asked_for(profiles, p.procedure)) for p in papers]
    helped: dict[str, set[str]] = defaultdict(set)
    for paper, candidates in zip(papers, ranked, strict=True):
        if not is_sure(candidates[0] if candidates else None, min_confidence):
            helped[paper.type].add(paper.dossier)
    types = {type for type, of in helped.items() if type in profiles.types and len(of) >= MIN_DOSSIERS}
    return tuple(
        _Sample(
            paper.dossier,
            paper.type,
            paper.type if paper.type in types else OTHER,
            ngrams(page_words(paper.seen, public)),
            candidates,
        )
        for paper, candidates in zip(papers, ranked, strict=True)
    )


# ---- the model


def _fit(
    samples: Sequence[_Sample],
    public: PublicWords,
    threshold: float = 0.0,
    trust: float = 0.0,
    report: Mapping[str, Any] | None = None,
) -> LearnedTypes:
    from sklearn.feature_selection import chi2  # noqa: PLC0415 - only training needs it
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    names = _known_ngrams(samples)
    matrix, idf = _tf_idf(samples, names)
    labels = np.array([sample.type for sample in samples])
    if len(names) > MAX_NGRAMS:
        telling = np.nan_to_num(chi2(matrix, labels)[0])
        chosen = np.sort(np.argsort(-telling, kind="stable")[:MAX_NGRAMS])
        names = [names[index] for index in chosen]
        matrix, idf = _tf_idf(samples, names)
    types = sorted(set(labels))
    weights = np.zeros((len(names), len(types)), dtype=np.float32)
    bias = np.zeros(len(types), dtype=np.float32)
    for column, type in enumerate(types):
        one = LogisticRegression(C=REGULARIZATION, solver="liblinear", random_state=0)
        one.fit(matrix, labels == type)
        weights[:, column], bias[column] = one.coef_[0], one.intercept_[0]
    return LearnedTypes(
        tuple(map(str, types)), tuple(names), public, idf, weights, bias, threshold, trust, report or {}
    )


def _known_ngrams(samples: Sequence[_Sample]) -> list[str]:
    """The n-grams that occur in papers of several dossiers, sorted."""
    dossiers: dict[str, set[str]] = defaultdict(set)
    for sample in samples:
        dossiers[sample.dossier].update(sample.counts)
    counts = Counter(ngram for found in dossiers.values() for ngram in found)
    return sorted(ngram for ngram, count in counts.items() if count >= MIN_DOSSIERS)


def _tf_idf(samples: Sequence[_Sample], names: Sequence[str]) -> "tuple[csr_matrix, Array]":
    """A row of length 1 for each paper, and the weight of each n-gram; as `LearnedTypes` computes it."""
    from scipy.sparse import csr_matrix, diags  # noqa: PLC0415 - comes with scikit-learn

    index = {name: place for place, name in enumerate(names)}
    starts, places, values = [0], [], []
    for sample in samples:
        for ngram, count in sample.counts.items():
            if ngram in index:
                places.append(index[ngram])
                values.append(1 + math.log(count))
        starts.append(len(places))
    shape = (len(samples), len(names))
    matrix = csr_matrix((np.array(values, dtype=np.float32), places, starts), shape=shape)
    seen_in = np.bincount(np.array(places, dtype=np.intp), minlength=len(names))
    idf = (np.log((1 + len(samples)) / (1 + seen_in)) + 1).astype(np.float32)
    weighed_matrix = matrix @ diags(idf)
    lengths = np.sqrt(np.asarray(weighed_matrix.multiply(weighed_matrix).sum(axis=1)).ravel())
    return csr_matrix(diags(1 / np.maximum(lengths, 1e-9)) @ weighed_matrix), idf


# ---- judging


def _folds(samples: Sequence[_Sample]) -> list[list[int]]:
    """Parts of the papers, with a dossier's in one part."""
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - only training needs it

    groups = [sample.dossier for sample in samples]
    types = [sample.type for sample in samples]
    cutter = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    return [list(map(int, held)) for _, held in cutter.split(types, types, groups)]


def _cross_validated(samples: Sequence[_Sample], public: PublicWords) -> list[_Guess]:
    """What a model that never saw a paper's dossier says of it."""
    guesses: list[_Guess] = [None] * len(samples)
    for held in _folds(samples):
        away = set(held)
        rest = [sample for index, sample in enumerate(samples) if index not in away]
        if len({sample.type for sample in rest}) < 2:
            continue
        model = _fit(rest, public)
        for index in held:
            guesses[index] = model.guess(samples[index].counts)
    return guesses


def _asked(
    samples: Sequence[_Sample],
    guesses: Sequence[_Guess],
    unsure: Sequence[bool],
    skip: Sequence[int] = (),
) -> list[tuple[float, bool]]:
    """Scores of the guesses for papers of which the rules are not sure, and whether each is right."""
    left_out = set(skip)
    return [
        (guess[1], guess[0] == samples[index].truth)
        for index, guess in enumerate(guesses)
        if guess is not None and guess[0] != OTHER and unsure[index] and index not in left_out
    ]


def _together(
    samples: Sequence[_Sample],
    fold: Sequence[int],
    guesses: Sequence[_Guess],
    unsure: Sequence[bool],
    bar: tuple[float, float],
) -> dict[int, Candidate | None]:
    """What rules and model say of the papers of a fold, with the threshold of the other folds."""
    threshold, trust = bar
    decided: dict[int, Candidate | None] = {}
    for index in fold:
        ranked, guess = samples[index].ranked, guesses[index]
        decided[index] = ranked[0] if ranked else None
        if unsure[index] and guess is not None and guess[0] != OTHER and trust and guess[1] >= threshold:
            decided[index] = weighed(ranked, guess[0], trust, Evidence("", "", guess[1], 0))
    return decided


def _ruled(sample: _Sample, min_confidence: float) -> str:
    return _given(sample.ranked[0] if sample.ranked else None, min_confidence)


def _given(candidate: Candidate | None, min_confidence: float) -> str:
    """The type that a paper is given, `unknown` where that is not sure enough."""
    return candidate.type if candidate and candidate.confidence >= min_confidence else UNKNOWN_TYPE


def _changes(
    samples: Sequence[_Sample], decided: Mapping[int, Candidate | None], min_confidence: float
) -> tuple[int, int]:
    gained = lost = 0
    for index, sample in enumerate(samples):
        before, after = _ruled(sample, min_confidence), _given(decided[index], min_confidence)
        if before != after:
            gained += after == sample.truth
            lost += after not in {sample.truth, UNKNOWN_TYPE} and before in {sample.truth, UNKNOWN_TYPE}
    return gained, lost


def _precision_at(samples: Sequence[_Sample], count: int) -> float:
    """How often the rules alone are right if they give a type to so many papers, the surest first.

    A paper without a candidate counts as wrong.
    """
    best = [
        (sample.ranked[0].confidence, sample.ranked[0].type == sample.truth)
        if sample.ranked
        else (0.0, False)
        for sample in samples
    ]
    best.sort(key=lambda each: -each[0])
    return sum(right for _, right in best[:count]) / max(1, count)
