"""What an answer holds, streamed or not.

text              damaged, repeated or mixed         no_text        filtered, failed or elsewhere
full_answers      fields, text and counts            slips          almost right
canned_responses  answers that need no engine        hostile_texts  the texts of some of them
disguises         answers that no client finds
"""
