"""What the built-in endpoint can do on request: faults, legal variants and dialects.

`catalogue` knows every mode by name; each other module holds the modes of one topic. To add one,
write a small function under a decorator of `registry`: it becomes an address, listed and tested.
"""
