"""What each feature of `scanflow.classify.row_features` is worth (log-odds), and what that was learned from.

A conditional logit over the rows of a list and "none of them", learned from the fitting half of the
published procedures (1,221 pages of 175 procedures) by the method of `bench.row_fit`, which takes pages of
another seed. Procedures of the other half judge (docs/benchmarks.md). What types are worth was set by hand:
few pages of the fitting half have one, and a type is known from more than its title. What a word that is no
syllable is worth was set by hand too: fitted, it made no difference.
"""

WEIGHTS: tuple[float, ...] = (
    -1.73,  # a row at all
    -0.35,  # share of the printed words that the row's title has
    -0.40,  # share of the row's words that are printed
    -0.16,  # both shares multiplied
    0.41,  # letters alike
    3.80,  # letters alike as far as the shorter goes
    1.79,  # weight of the words that both have
    -1.73,  # weight of the printed words that the row lacks
    -1.00,  # printed words that are no syllables
    -1.68,  # weight of the printed words that only the procedure's name has
    0.27,  # weight of the printed words that only the row's wording has
    -0.72,  # weight of the row's words that are not printed
    -0.28,  # the lesser of what the row lacks and what is not printed
    0.17,  # share of the row's own words that are printed
    -0.57,  # weight of the printed words that only other rows have
    -1.61,  # the same kind
    -0.56,  # a near kind
    -2.08,  # another kind
    0.21,  # the same telling form number
    1.17,  # the same bare form number
    -1.14,  # another form number
    3.00,  # a type that the row takes
    -2.00,  # a type that the row does not take
    -0.08,  # another title stands above
)
