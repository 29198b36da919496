"""Trains the built-in model: from lines of verse to a GGUF file.

python -m helpers.training [--out FILE] [--seed N] [--documents N] [--threads N]

verses.txt, subjects.txt, nouns.txt, talk.txt   text written for this project
stock      reads those files
subjects   what a poem can be about, and how a prompt names it
poems      poems built from the stock of verse
prompts    the many ways to ask for one, typos included
talk       conversations; tools: tool calls and JSON
corpus     the training mixture, as text and as token ids
model      the network; optimise: its training; export: the GGUF

Needs the optional extra "train" (torch, gguf, tokenizers). Nothing else imports this package.
"""
