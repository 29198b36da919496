"""What the product is called and which version this is: pyproject.toml reads both from here too."""

NAME = "endpointscope"
VERSION = "0.1.0"
# In a wheel the package is called like the product, in a clone it is the folder helpers.
COMMAND = NAME if __package__ == NAME else f"python3 -m {__package__}"
