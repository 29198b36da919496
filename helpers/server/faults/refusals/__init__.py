"""What is sent in place of an answer.

credentials  a missing or wrong key              errors       the model, the request, the account
rate_limits  429, and when to try again          gateways     pages of proxies and firewalls
routing      redirects, and paths that are missing
"""
