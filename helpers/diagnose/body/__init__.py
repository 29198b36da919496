"""What came in place of an answer, and what hides one.

instead         a web page, JSON lines, an error with status 200, nothing
another_api     which other API it belongs to
disguise        an answer wrapped in something; `wrappers` are what it may be wrapped in
misplaced_text  an answer whose text is where no client looks
stray           what is in a stream in place of a chunk
"""
