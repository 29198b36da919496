"""What the built-in endpoint can be asked to do otherwise: faults, legal variants, dialects.

`catalogue` knows them all by name; each other module holds those of one noun. To add one, write a
small function under a decorator of `registry`: it is then an address, listed and judged.
"""
