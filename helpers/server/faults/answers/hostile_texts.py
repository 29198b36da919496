"""Our own texts that try to run, fetch, restyle or deceive wherever they are shown."""

from __future__ import annotations

MODEL = "tiny<img src=x onerror=\"window.pwned='model'\"> $\\alpha$ \x1b[31mred"

ERROR = (
    "<script>window.pwned='error'</script><b onmouseover=\"window.pwned='hover'\">refused</b> "
    "![x](http://127.0.0.1:9/error.png) \x1b]0;owned\x07\n::error title=owned::from a server"
)

SAMPLES = (
    "Plain words first.\n\n",
    "<script>window.pwned='script'</script>\n",
    "<img src=x onerror=\"window.pwned='img'\">\n",
    "<svg/onload=window.pwned='svg'><animate onbegin=window.pwned='svg'></svg>\n",
    "<iframe srcdoc=\"<script>parent.pwned='iframe'</script>\"></iframe>\n",
    '<style>body{display:none!important}</style><link rel=stylesheet href="//127.0.0.1:9/x">\n',
    '<form action="//127.0.0.1:9/"><input name=key autofocus onfocus="window.pwned=1"></form>\n',
    '<button data-commandlinker-command="notebook:restart-kernel" '
    'data-commandlinker-args="{}">Send</button>\n',
    '<div style="position:fixed;inset:0;z-index:9999;background:red">covered</div>\n',
    "\n[run](javascript:window.pwned='link') [data](data:text/html,<script>1</script>) "
    "[cased](JaVaScRiPt:window.pwned=1) <javascript:window.pwned=1>\n",
    "\n![fetched](http://127.0.0.1:9/pixel.png) ![data](data:image/svg+xml,<svg/>)\n",
    "\n$\\href{javascript:window.pwned='tex'}{x}$ $$\\require{html}\\style{color:red}{y}$$ "
    "\\(z\\) \\begin{equation}e\\end{equation}\n",
    "\x1b[2J\x1b[31mred\x1b]8;;http://127.0.0.1:9/\x07link\x1b]8;;\x07\x07\x08\x08\x00\r",
    "\n::error file=app.py,line=1::from a model\n::set-output name=x::y\n##vso[task.complete]\n",
    "\u202etxet desrever\u202c \u2066isolate\u2069 zero\u200bwidth \ufeffmark\n",
    "</td></tr></table></div></body>]]>--> &lt;script&gt; &#60;script&#62;\n",
    "\n```html\n<script>window.pwned='fence'</script>\n```\n",
    "\nPlain words last.",
)
