"""What a status other than 200 means.

codes      each status with a meaning of its own
classes    any other redirect, refusal or failure, by its first digit
refusal    the facts of a refusal, and what it says about the key
redirects  where a redirect leads, and who follows it
"""
