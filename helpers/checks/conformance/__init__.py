"""What does it really support? Many checks over few recordings.

plan      what is asked, and what it costs
runner    asks it, one request after the other, and labels each recording
shots     the recordings by label, read: what every judge looks at
check     a check and its verdict; the register of them all
catalogue all checks, from the modules of their groups: chat, streaming, parameters, …
judging   verdicts over recordings, live or from a file: nothing is asked
report    what they mean: profiles, parameters, what got worse, as text
"""
