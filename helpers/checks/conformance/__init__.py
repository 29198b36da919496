"""What does it really support? Many checks over few recordings.

plan/      what is asked, in which order, and what it costs
runner     sends the requests one after another and labels each recording
shots      the recordings by label, parsed: what every judge looks at
features/  the checks: chat, streaming, tools, structured output, embeddings, …
check      what a check is, and its verdict; catalogue has them all
judging    verdicts over recordings, live or from a file: nothing is asked
asking     a report in progress, asked or loaded
report     what the verdicts mean: profiles, parameters, what got worse; exports, as text
"""
