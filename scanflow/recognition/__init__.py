"""Recognition (nhận dạng): one page from captured bytes to words, as a list of named steps."""
