"""The product's name and version, which pyproject.toml reads from here too."""

NAME = "endpointscope"
VERSION = "0.1.0"
# In a wheel the package has the product's name; in a clone it is the folder helpers.
COMMAND = NAME if __package__ == NAME else f"python3 -m {__package__}"
