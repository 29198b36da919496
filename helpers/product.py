"""What the product is called and which version this is: pyproject.toml reads both from here too."""

NAME = "endpointscope"
VERSION = "0.1.0"
