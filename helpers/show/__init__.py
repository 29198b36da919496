"""What a cell shows.

panel/        where to ask, what to ask, Send and Stop
stream/       an answer's text as it streams in, as safe HTML
timeline/     a stream on one axis: reads, events and chunks
clients, closer_look, chat/ batch/ compare/ conformance/ connect/ load/ sweep/ watch/  by check:
              start is what a notebook calls, live or view what the cell shows, page its HTML

table         rows of words and figures         theme     one palette, one set of symbols
exchanges     what each cost, and when          verdict   what a notebook ends with
raw           the bytes as they came            snippets  a request as curl or as a program
case          the case file, for an issue       plotting  plots that stay
output        outputs that can be changed later printing  the same in a terminal
"""
