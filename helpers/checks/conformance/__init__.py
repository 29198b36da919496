"""What does it really support? Many checks over few recordings.

plan      what is asked, and what it costs
runner    sends the requests one after another and labels each recording
shots     the recordings by label, parsed: what every judge looks at
check     a check and its verdict; the register of them all
catalogue all checks, from the modules of their groups: chat, streaming, parameters, …
steps     all requests of the plan, with tool_steps, response_steps, other_steps; prompts
asking    a report in progress, asked or loaded
judging   verdicts over recordings, live or from a file: nothing is asked
report    what they mean: profiles, parameters, what got worse; exports writes it as text
"""
