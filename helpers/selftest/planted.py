"""What each fault must change in the conformance report, apart from what depends on it.

Checks that depend on what is broken become unclear, which is not listed. Everything else is, for
each mode that can be put in front of the endpoint that plays the textbook.
"""

from __future__ import annotations

from .planted_in_other_apis import OTHER_APIS
from .turned import Turned, turned

_TOOLS = "tools-forced tools-required tools-none"
_SCHEMAS = "json-schema json-schema-stream json-object"
_STOPS = "limit-stop-string limit-stop-type limit-stop-stream"

PLANTED: dict[str, Turned] = {
    # a plain answer in one piece
    "no-path": turned(absent="chat-basic", tolerated="error-shape", refused="stream-is-sse"),
    "hostile-error": turned(refused="chat-basic stream-is-sse"),
    "full-nan": turned(deviates="chat-basic"),
    "full-text-html": turned(tolerated="chat-content-type"),
    "error-200": turned(deviates="chat-no-error-200 stream-is-sse stream-no-error-inside"),
    "full-no-id": turned(deviates="chat-fields"),
    "thinks+thoughts-in-content": turned(
        tolerated="chat-message stream-delta-shape",
        **{"pass": "param-reasoning-effort usage-reasoning"},
    ),
    "ids-empty": turned(tolerated="chat-fields stream-chunk-fields"),
    "message-beside-delta": turned(deviates="stream-chunk-fields"),
    "created-fraction": turned(tolerated="chat-fields stream-chunk-fields"),
    "full-content-list": turned(tolerated="chat-message"),
    "full-content-object": turned(deviates="chat-message"),
    "full-role-missing": turned(tolerated="chat-message"),
    "full-empty": turned(deviates="chat-text"),
    "full-finish-null": turned(deviates="chat-finish-reason"),
    "full-finish-eos": turned(
        tolerated="chat-finish-reason limit-max-tokens limit-stop-string tools-finish-reason"
    ),
    "full-strict-keys-out": turned(tolerated="chat-strict-keys"),
    "refuses-parts": turned(refused="chat-content-parts"),
    "fails-at-parts": turned(deviates="chat-content-parts"),
    "refuses-developer": turned(refused="chat-developer-role"),
    "fails-at-developer": turned(deviates="chat-developer-role"),
    "refuses-turns": turned(refused="chat-multi-turn"),
    "fails-at-turns": turned(deviates="chat-multi-turn"),
    # parameters
    "ignores-max-tokens": turned(ignored="limit-max-tokens"),
    "ignores-max-completion-tokens": turned(ignored="limit-max-completion-tokens"),
    "ignores-stop": turned(ignored="limit-stop-string limit-stop-stream"),
    "ignores-n": turned(ignored="param-n"),
    "ignores-temperature": turned(ignored="param-temperature", tolerated="error-wrong-type"),
    "ignores-seed": turned(ignored="param-seed"),
    "ignores-logprobs": turned(ignored="logprobs-full logprobs-stream"),
    "refuses-max-tokens": turned(refused="limit-max-tokens"),
    "wants-max-completion-tokens": turned(tolerated="limit-max-tokens"),
    "refuses-max-completion-tokens": turned(refused="limit-max-completion-tokens"),
    "refuses-stop": turned(refused=_STOPS),
    "refuses-n": turned(refused="param-n"),
    "refuses-temperature": turned(refused="param-temperature"),
    "refuses-seed": turned(refused="param-seed"),
    "refuses-logprobs": turned(refused="logprobs-full logprobs-stream"),
    "refuses-reasoning-effort": turned(refused="param-reasoning-effort"),
    "refuses-unknown-fields": turned(tolerated="param-unknown"),
    "fails-at-n": turned(deviates="param-n"),
    "cut-says-stop": turned(tolerated="limit-max-tokens limit-max-completion-tokens"),
    "stop-says-length": turned(tolerated="limit-stop-string"),
    "stop-letters": turned(deviates="limit-stop-type"),
    "leaves-stop-in": turned(deviates="limit-stop-string limit-stop-stream"),
    "leaks-stop": turned(deviates="limit-stop-stream"),
    "full-n-same-index": turned(deviates="param-n"),
    "full-logprobs-old": turned(tolerated="logprobs-full"),
    "full-logprobs-null": turned(deviates="logprobs-full"),
    "varies": turned(tolerated="error-wrong-type"),
    "thinks": turned(**{"pass": "param-reasoning-effort usage-reasoning text-reasoning-field"}),
    "usage-five-more": turned(
        tolerated="limit-max-tokens usage-counts-tokens"
    ),
    "full-logprobs-over-one": turned(deviates="logprobs-full"),
    "full-logprobs-alone": turned(tolerated="logprobs-full"),
    "logprobs-as-numbers": turned(tolerated="logprobs-stream"),
    # errors
    "errors-string": turned(tolerated="error-shape"),
    "errors-detail": turned(tolerated="error-shape"),
    "errors-array": turned(tolerated="error-shape"),
    "errors-page": turned(tolerated="error-shape error-content-type"),
    "errors-500": turned(
        tolerated="error-missing-messages error-malformed-json error-wrong-type "
        "stream-bad-request-status",
        deviates="model-unknown-refused json-bad-format",
    ),
    "errors-200": turned(
        deviates="error-missing-messages error-malformed-json stream-bad-request-status",
        tolerated="error-wrong-type",
    ),
    "never-refuses": turned(
        deviates="error-missing-messages error-malformed-json stream-bad-request-status",
        tolerated="error-wrong-type", ignored="json-bad-format",
    ),
    # models
    "no-models": turned(absent="models-list"),
    "models-array": turned(tolerated="models-list"),
    "models-bare-object": turned(tolerated="models-list"),
    "models-page": turned(deviates="models-list"),
    "models-nameless": turned(deviates="models-list", tolerated="models-fields"),
    "models-undated": turned(tolerated="models-fields"),
    "no-model-by-name": turned(absent="models-retrieve"),
    "model-other": turned(tolerated="models-retrieve"),
    "any-model": turned(tolerated="model-unknown-refused"),
    "unknown-model-500": turned(deviates="model-unknown-refused"),
    "full-model-null": turned(deviates="model-echo"),
    "other-model": turned(tolerated="model-echo"),
    "paths-200": turned(tolerated="path-unknown"),
    # token counts
    "full-no-usage": turned(absent="usage-present cache-reported"),
    "usage-no-total": turned(tolerated="usage-present"),
    "usage-strings": turned(deviates="usage-present", absent="cache-reported"),
    "usage-wrong-sum": turned(deviates="usage-sum"),
    "usage-apart": turned(tolerated="usage-sum", **{"pass": "usage-reasoning"}),
    "usage-zero-prompt": turned(deviates="usage-sum usage-stream-equals-full"),
    "ignores-stream-options": turned(ignored="usage-final-chunk"),
    "refuses-stream-options": turned(refused="usage-final-chunk"),
    "usage-with-choices": turned(tolerated="usage-final-chunk"),
    "usage-in-finish": turned(tolerated="usage-final-chunk usage-not-unasked"),
    "usage-everywhere": turned(tolerated="usage-final-chunk usage-not-unasked"),
    "usage-always": turned(tolerated="usage-not-unasked"),
    "usage-with-finish": turned(tolerated="usage-final-chunk"),
    "usage-in-x-groq": {},
    "stream-other-usage": turned(deviates="usage-stream-equals-full"),
    "stream-counts-one-more": turned(tolerated="usage-stream-equals-full"),
    "usage-stands-still": turned(deviates="usage-grows usage-stream-equals-full"),
    "usage-pieces": turned(tolerated="usage-counts-tokens", deviates="usage-stream-equals-full"),
    "usage-cached": turned(**{"pass": "cache-reported cache-prefix"}),
    "usage-no-details": turned(absent="cache-reported cache-prefix"),
    "full-reasoning": turned(**{"pass": "usage-reasoning text-reasoning-field"}),
    "thinks+thoughts-apart": turned(
        tolerated="usage-sum",
        **{"pass": "param-reasoning-effort usage-reasoning text-reasoning-field"},
    ),
    "thinks+thoughts-hidden+thoughts-in-total": turned(tolerated="usage-sum"),
    "full-reasoning-uncounted": turned(
        absent="usage-reasoning", **{"pass": "text-reasoning-field"}
    ),
    # text that leaks into the answer
    "full-template-token": turned(deviates="text-no-template", tolerated="logprobs-full"),
    "full-think-tags": turned(deviates="text-no-thinking", tolerated="logprobs-full"),
    "full-prompt-echo": turned(deviates="text-no-prompt", tolerated="logprobs-full"),
    "full-leading-space": turned(tolerated="text-whitespace stream-equals-full"),
    "full-only-reasoning": turned(
        tolerated="text-not-only-reasoning", absent="usage-reasoning",
        **{"pass": "text-reasoning-field"},
    ),
    "context-cut": turned(deviates="context-not-cut"),
    # streams
    "ignores-stream": turned(ignored="stream-is-sse"),
    "refuses-stream": turned(refused="stream-is-sse"),
    "html-for-stream": turned(deviates="stream-is-sse stream-no-error-inside"),
    "json-for-stream": turned(ignored="stream-is-sse"),
    "ndjson": turned(deviates="stream-is-sse"),
    "no-empty-lines": turned(deviates="stream-is-sse"),
    "content-type-text": turned(tolerated="stream-content-type"),
    "bom": turned(tolerated="stream-framing"),
    "ping": turned(tolerated="stream-framing"),
    "not-json": turned(deviates="stream-json"),
    "glued-chunks": turned(deviates="stream-json"),
    "done-spaces": turned(tolerated="stream-json stream-done"),
    "model-null": turned(deviates="stream-chunk-fields"),
    "azure-first": turned(tolerated="stream-chunk-fields stream-same-id"),
    "message-for-delta": turned(deviates="stream-delta-shape"),
    "text-for-delta": turned(deviates="stream-delta-shape"),
    "delta-string": turned(deviates="stream-delta-shape"),
    "delta-null": turned(tolerated="stream-delta-shape"),
    "content-list": turned(tolerated="stream-delta-shape"),
    "index-counts": turned(deviates="stream-index"),
    "index-null": turned(tolerated="stream-index"),
    "ids-change": turned(deviates="stream-same-id"),
    "created-changes": turned(tolerated="stream-same-created"),
    "filter-async": turned(
        tolerated="stream-finish-once stream-chunk-fields stream-delta-shape stream-same-id "
        "stream-same-created"
    ),
    "role-everywhere": turned(tolerated="stream-role-first"),
    "role-missing": turned(tolerated="stream-role-first"),
    "finish-missing": turned(deviates="stream-finish-once"),
    "finish-twice": turned(tolerated="stream-finish-once"),
    "no-done": turned(tolerated="stream-done"),
    "cut-connection": turned(
        deviates="stream-complete-transfer responses-stream-end messages-stream"
    ),
    "error-first": turned(deviates="stream-no-error-inside"),
    "error-inside": turned(deviates="stream-no-error-inside"),
    "cumulative": turned(
        deviates="stream-deltas-not-cumulative responses-text-consistent"
    ),
    "lone-surrogate": turned(deviates="stream-unicode"),
    "data-null": turned(tolerated="stream-keep-alive"),
    "stream-glues-words": turned(deviates="stream-equals-full"),
    "stream-loses-start": turned(deviates="stream-equals-full", tolerated="text-whitespace"),
    # tools
    "ignores-tools": turned(ignored="tools-forced tools-required"),
    "refuses-tools": turned(refused=_TOOLS),
    "fails-at-tools": turned(deviates=_TOOLS),
    "ignores-tool-choice": turned(ignored="tools-none"),
    "calls-other-name": turned(tolerated="tools-forced"),
    "calls-only-named": turned(ignored="tools-required"),
    "calls-in-text": turned(
        ignored="tools-forced tools-required", deviates="tools-not-in-text"
    ),
    "calls-arguments-object": turned(deviates="tools-arguments-string tools-stream-arguments"),
    "calls-arguments-python": turned(deviates="tools-arguments-string tools-stream-arguments"),
    "calls-without-id": turned(tolerated="tools-call-shape"),
    "calls-without-type": turned(tolerated="tools-call-shape"),
    "calls-finish-stop": turned(tolerated="tools-finish-reason"),
    "calls-without-index": turned(deviates="tools-stream-index tools-two-apart"),
    "calls-from-1": turned(deviates="tools-stream-index"),
    "calls-all-0": turned(deviates="tools-two-apart"),
    "calls-same-id": turned(deviates="tools-two-apart"),
    "calls-name-again": turned(deviates="tools-stream-name-once"),
    "calls-id-again": turned(tolerated="tools-stream-name-once"),
    "calls-broken-json": turned(deviates="tools-stream-arguments"),
    "calls-not-streamed": turned(ignored="tools-stream-same"),
    "calls-one": {}, "calls-whole": {}, "calls-signed": {}, "calls-short-ids": {},
    "wants-short-ids": turned(deviates="tools-round-trip"),
    "wants-thoughts-back": turned(deviates="tools-round-trip"),
    "ignores-parallel-tool-calls": turned(ignored="tools-parallel"),
    "refuses-parallel-tool-calls": turned(refused="tools-parallel"),
    "refuses-tool-answers": turned(deviates="tools-round-trip"),
    # structured output
    "ignores-response-format": turned(ignored=f"{_SCHEMAS} json-bad-format"),
    "refuses-response-format": turned(refused=_SCHEMAS),
    "fails-at-response-format": turned(deviates=f"{_SCHEMAS} json-bad-format"),
    "refuses-json-schema": turned(refused="json-schema json-schema-stream"),
    "full-fenced": turned(ignored="json-schema json-object"),
    # embeddings
    "no-embeddings": turned(absent="embeddings-basic"),
    "embeds-one": turned(deviates="embeddings-basic"),
    "embeds-backwards": turned(tolerated="embeddings-order"),
    "embeds-uncounted": turned(absent="embeddings-usage"),
    "embeds-floats-only": turned(ignored="embeddings-base64"),
    "embeds-no-base64": turned(refused="embeddings-base64"),
    "embeds-broken-base64": turned(deviates="embeddings-base64"),
    "embeds-nan": turned(deviates="embeddings-basic"),
    "embeds-long": turned(tolerated="embeddings-unit-length"),
    "ignores-dimensions": turned(ignored="embeddings-dimensions"),
    "halves-dimensions": turned(deviates="embeddings-dimensions"),
    "refuses-dimensions": turned(refused="embeddings-dimensions"),
    **OTHER_APIS,
    # legal, or done on purpose by a named server: nothing may become worse than a remark
    "crlf": {}, "cr": {}, "multi-line-data": {}, "split-surrogates": {}, "reasoning": {},
    "comments+no-space+blank-lines": {}, "ids+model-prefixed": {},
    "role-with-text+created-ticks+extra-fields+usage-null": {}, "finish-with-text": {},
    "content-null+finish-null-dropped+blank-lines-first+model-dated+full-delta-empty": {},
}  # fmt: skip
