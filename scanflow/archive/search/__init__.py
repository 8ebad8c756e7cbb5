"""Full-text search: the index beside the programs, the language of the box, hits, facets and suggestions.

For callers: `question` (what is asked and answered), `index.open_index`, `feeding.feeding`,
`query.search`, `query.count_facets`, `query.every`, `closest.suggest`, `snippets.matching_words`.
"""
