"""What travels over the wire, as values: timed bytes, events, answers, timings. No I/O.

request     what is asked                       recording     what came, each read with its time
reading     the recording as it is read: events, answer, times; everything below is part of it
encoding    content encodings, read by read     codings       the door to brotli and zstd
other_framings  values in the AI SDK's lines and in AWS's messages
sse         events from bytes                   parsing       JSON, and the door to jiter
builders/   events and bodies to an answer      answer        the answer as values
timing      TTFT, gaps, TPOT, percentiles       bounds        how much is read at most

server_error  an error in any format            retry         how long to wait
head        an answer's head, and its oddities  redirect      where it sends a client
misplaced_text, salvage  text where the API has none, and in what is no JSON
surrogates  lone ones, which no encoding has    network       facts below HTTP

har         recordings as HAR files             har_loading   any program's HAR files
redaction   their secrets replaced by stars
template    {{gaps}} in a text                  literal       values in JSON or Python notation
parameters  names of arguments, as typed
"""
