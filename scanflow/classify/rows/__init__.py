"""Which row of a procedure's list a paper is: its titles and words compared with those of the rows."""
