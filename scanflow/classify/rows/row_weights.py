"""The weight (log-odds) of each feature of `row_features`, and what it was learned from.

A conditional logit over the rows of a list and "none of them", learned from 5,550 pages of the fitting half
of the published procedures by the method of `bench.row_fit`; procedures of the other half judge them
(docs/benchmarks.md). A feature that can only support a row has no negative weight, one that can only oppose
it no positive one.

Some weights were set by hand. Types: few pages of the fitting half have one, and a type is known from more
than its title. The number of pages, and words that are no syllables: fitted, they made no difference. The
body: half of the fitted value, since the bench's bodies repeat a title word by word, which real ones seldom
do. Seals: no published list comes with sealed pages.
"""

WEIGHTS: tuple[float, ...] = (
    -0.94,  # a row at all
    -0.42,  # share of the printed words that the row's title has
    -0.73,  # share of the row's words that are printed
    2.02,  # both shares multiplied
    1.31,  # letters alike
    3.16,  # letters alike as far as the shorter goes
    1.12,  # weight of the words that both have
    -1.96,  # weight of the printed words that the row lacks
    -1.00,  # printed words that are no syllables
    -2.03,  # weight of the printed words that only the procedure's name has
    1.49,  # weight of the printed words that only the row's wording has
    -0.31,  # weight of the row's words that are not printed
    -0.98,  # the lesser of what the row lacks and what is not printed
    -0.29,  # share of the row's own words that are printed
    -1.77,  # weight of the printed words that only other rows have
    -1.06,  # the same kind
    -0.91,  # a near kind
    -1.46,  # another kind
    0.98,  # the same telling form number
    1.43,  # the same bare form number
    -1.74,  # another form number
    3.00,  # a type that the row takes
    -2.00,  # a type that the row does not take
    -0.92,  # another title stands above
    -3.27,  # an action that neither the row nor the procedure names
    -0.12,  # an action of the row that is not printed
    -0.57,  # another action than the row's
    1.50,  # share of the row's unprinted words that the body has
    -1.00,  # more pages than a paper of the row's types has
    -0.20,  # a seal of who issues papers on one that asks
)
