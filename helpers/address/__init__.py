"""An address as a person types it.

reading       reads it in any usual spelling, and quotes it without secrets
tidying       removes what editors, chats, keyboards and terminals add to it
placeholders  finds an example's placeholders that were never filled in
"""
