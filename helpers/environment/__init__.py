"""The Python environment of the commands and the notebooks; standard library only.

interpreter   the Python that a command runs in: the one at hand, or that of `.venv`
installation  builds `.venv`, and brings it up to date
lab           JupyterLab on the notebooks
wheel         what the build adds to the wheel, called by hatchling
"""
