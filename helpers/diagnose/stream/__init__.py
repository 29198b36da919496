"""How a stream is written, and how it arrived.

framing       bytes, lines and fields           chunks       what chunks look like
typed_events  those of Responses and Messages   event_order  the grammar that they break
delivery      how the text arrived over time    rhythm       silences, bursts and even pieces
"""
