"""Layout from the boxes of words: lines, reading order, table cells, signatures, stamps."""
