"""The APIs besides chat.

responses           events of the Responses API, out of order or unfinished
response_answers    a Response's contents
response_dialects   how others send these events
other_apis          text completions, and Anthropic's messages
surfaces            the list of models, embeddings, and the wording of errors
"""
