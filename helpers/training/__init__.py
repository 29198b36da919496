"""Training of the built-in model: from lines of verse to a GGUF file.

python -m helpers.training [--out FILE] [--seed N] [--minutes M]

verses.txt, subjects.txt, nouns.txt, talk.txt   the text, written for this project
stock      those files, read
subjects   what a poem can be about, and how a prompt names it
poems      poems from the stock of verse
prompts    the many ways to ask for one, typing errors included
talk       conversations; tools: tool calls and JSON
corpus     the mixture, and chat template -> token ids
model      the network; optimise: its training; export: the GGUF

Needs the optional extra "train" (torch, gguf, tokenizers). Nothing else imports this package.
"""
