"""How a stream is written and delivered.

framing   lines, fields and line ends            content        what chunks hold around the text
delivery  held back, re-cut, interrupted         endings        finish reason, [DONE] and the close
usage     where the token counts come            stream_errors  a failure reported inside
"""
