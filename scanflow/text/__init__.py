"""Vietnamese text: normal form, folding, legal syllables, plausibility, dossier numbers."""
