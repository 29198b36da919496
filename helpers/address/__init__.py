"""An address as a person types it.

reading       read in any usual spelling, and quoted without secrets
tidying       what editors, chats, keyboards and terminals put into it, taken out
placeholders  words out of an example that were never filled in
"""
