"""Hostile text made inert for each place it is shown in: HTML, a terminal, Markdown, XML."""

from __future__ import annotations

import html


def for_html(text: str) -> str:
    """Return text as HTML in which a browser and JupyterLab find no markup and no mathematics."""
    return html.escape(text)
