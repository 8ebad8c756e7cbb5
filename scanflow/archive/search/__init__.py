"""Full-text search: the local index, the query language, hits, facets and suggestions.

For callers: `question` (requests and results), `index.open_index`, `feeding.feeding`,
`query.search`, `query.count_facets`, `query.every`, `closest.suggest`, `snippets.matching_words`.
"""
