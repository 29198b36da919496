"""The Python environment of the commands and the notebooks; standard library only.

interpreter   the Python that a command runs in: the current one, or that of `.venv`
installation  builds `.venv`, and brings it up to date
lab           starts JupyterLab on the notebooks
wheel         hatchling's build hook, which adds files to the wheel
"""
