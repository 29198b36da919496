"""What each fault must turn in the conformance report, and nothing else but what needs it.

Checks that need what is broken become unclear; that is not listed. All else is, for each mode that
stands before the endpoint that plays the textbook.
"""

from __future__ import annotations

from ..finding import Conformance

Turned = dict[str, Conformance]


def _turned(**verdicts: str) -> Turned:
    """Checks by the verdict they come to, their names with spaces between."""
    return {
        name: verdict  # type: ignore[misc]
        for verdict, names in verdicts.items()
        for name in names.split()
    }


_TOOLS = "tools-forced tools-required tools-none"
_SCHEMAS = "json-schema json-schema-stream json-object"
_STOPS = "limit-stop-string limit-stop-type limit-stop-stream"
_FIELDS = "responses-stream-fields"
_ORDERS = "responses-stream-order responses-tools-stream"

PLANTED: dict[str, Turned] = {
    # a plain answer in one piece
    "no-path": _turned(absent="chat-basic", tolerated="error-shape", refused="stream-is-sse"),
    "hostile-error": _turned(refused="chat-basic stream-is-sse"),
    "full-nan": _turned(deviates="chat-basic"),
    "full-text-html": _turned(tolerated="chat-content-type"),
    "error-200": _turned(deviates="chat-no-error-200 stream-is-sse stream-no-error-inside"),
    "full-no-id": _turned(deviates="chat-fields"),
    "thinks+thoughts-in-content": _turned(
        tolerated="chat-message stream-delta-shape",
        **{"pass": "param-reasoning-effort usage-reasoning"},
    ),
    "ids-empty": _turned(tolerated="chat-fields stream-chunk-fields"),
    "message-beside-delta": _turned(deviates="stream-chunk-fields"),
    "created-fraction": _turned(tolerated="chat-fields stream-chunk-fields"),
    "full-content-list": _turned(tolerated="chat-message"),
    "full-content-object": _turned(deviates="chat-message"),
    "full-role-missing": _turned(tolerated="chat-message"),
    "full-empty": _turned(deviates="chat-text"),
    "full-finish-null": _turned(deviates="chat-finish-reason"),
    "full-finish-eos": _turned(
        tolerated="chat-finish-reason limit-max-tokens limit-stop-string tools-finish-reason"
    ),
    "full-strict-keys-out": _turned(tolerated="chat-strict-keys"),
    "refuses-parts": _turned(refused="chat-content-parts"),
    "fails-at-parts": _turned(deviates="chat-content-parts"),
    "refuses-developer": _turned(refused="chat-developer-role"),
    "fails-at-developer": _turned(deviates="chat-developer-role"),
    "refuses-turns": _turned(refused="chat-multi-turn"),
    "fails-at-turns": _turned(deviates="chat-multi-turn"),
    # parameters
    "ignores-max-tokens": _turned(ignored="limit-max-tokens"),
    "ignores-max-completion-tokens": _turned(ignored="limit-max-completion-tokens"),
    "ignores-stop": _turned(ignored="limit-stop-string limit-stop-stream"),
    "ignores-n": _turned(ignored="param-n"),
    "ignores-temperature": _turned(ignored="param-temperature", tolerated="error-wrong-type"),
    "ignores-seed": _turned(ignored="param-seed"),
    "ignores-logprobs": _turned(ignored="logprobs-full logprobs-stream"),
    "refuses-max-tokens": _turned(refused="limit-max-tokens"),
    "wants-max-completion-tokens": _turned(tolerated="limit-max-tokens"),
    "refuses-max-completion-tokens": _turned(refused="limit-max-completion-tokens"),
    "refuses-stop": _turned(refused=_STOPS),
    "refuses-n": _turned(refused="param-n"),
    "refuses-temperature": _turned(refused="param-temperature"),
    "refuses-seed": _turned(refused="param-seed"),
    "refuses-logprobs": _turned(refused="logprobs-full logprobs-stream"),
    "refuses-reasoning-effort": _turned(refused="param-reasoning-effort"),
    "refuses-unknown-fields": _turned(tolerated="param-unknown"),
    "fails-at-n": _turned(deviates="param-n"),
    "cut-says-stop": _turned(tolerated="limit-max-tokens limit-max-completion-tokens"),
    "stop-says-length": _turned(tolerated="limit-stop-string"),
    "stop-letters": _turned(deviates="limit-stop-type"),
    "leaves-stop-in": _turned(deviates="limit-stop-string limit-stop-stream"),
    "leaks-stop": _turned(deviates="limit-stop-stream"),
    "full-n-same-index": _turned(deviates="param-n"),
    "full-logprobs-old": _turned(tolerated="logprobs-full"),
    "full-logprobs-null": _turned(deviates="logprobs-full"),
    "varies": _turned(tolerated="error-wrong-type"),
    "thinks": _turned(**{"pass": "param-reasoning-effort usage-reasoning text-reasoning-field"}),
    "usage-five-more": _turned(
        tolerated="limit-max-tokens usage-counts-tokens"
    ),
    "full-logprobs-over-one": _turned(deviates="logprobs-full"),
    "full-logprobs-alone": _turned(tolerated="logprobs-full"),
    "logprobs-as-numbers": _turned(tolerated="logprobs-stream"),
    # errors
    "errors-string": _turned(tolerated="error-shape"),
    "errors-detail": _turned(tolerated="error-shape"),
    "errors-array": _turned(tolerated="error-shape"),
    "errors-page": _turned(tolerated="error-shape error-content-type"),
    "errors-500": _turned(
        tolerated="error-missing-messages error-malformed-json error-wrong-type "
        "stream-bad-request-status",
        deviates="model-unknown-refused json-bad-format",
    ),
    "errors-200": _turned(
        deviates="error-missing-messages error-malformed-json stream-bad-request-status",
        tolerated="error-wrong-type",
    ),
    "never-refuses": _turned(
        deviates="error-missing-messages error-malformed-json stream-bad-request-status",
        tolerated="error-wrong-type", ignored="json-bad-format",
    ),
    # models
    "no-models": _turned(absent="models-list"),
    "models-array": _turned(tolerated="models-list"),
    "models-bare-object": _turned(tolerated="models-list"),
    "models-page": _turned(deviates="models-list"),
    "models-nameless": _turned(deviates="models-list", tolerated="models-fields"),
    "models-undated": _turned(tolerated="models-fields"),
    "no-model-by-name": _turned(absent="models-retrieve"),
    "model-other": _turned(tolerated="models-retrieve"),
    "any-model": _turned(tolerated="model-unknown-refused"),
    "unknown-model-500": _turned(deviates="model-unknown-refused"),
    "full-model-null": _turned(deviates="model-echo"),
    "other-model": _turned(tolerated="model-echo"),
    "paths-200": _turned(tolerated="path-unknown"),
    # token counts
    "full-no-usage": _turned(absent="usage-present cache-reported"),
    "usage-no-total": _turned(tolerated="usage-present"),
    "usage-strings": _turned(deviates="usage-present", absent="cache-reported"),
    "usage-wrong-sum": _turned(deviates="usage-sum"),
    "usage-apart": _turned(tolerated="usage-sum", **{"pass": "usage-reasoning"}),
    "usage-zero-prompt": _turned(deviates="usage-sum usage-stream-equals-full"),
    "ignores-stream-options": _turned(ignored="usage-final-chunk"),
    "refuses-stream-options": _turned(refused="usage-final-chunk"),
    "usage-with-choices": _turned(tolerated="usage-final-chunk"),
    "usage-in-finish": _turned(tolerated="usage-final-chunk usage-not-unasked"),
    "usage-everywhere": _turned(tolerated="usage-final-chunk usage-not-unasked"),
    "usage-always": _turned(tolerated="usage-not-unasked"),
    "usage-with-finish": _turned(tolerated="usage-final-chunk"),
    "usage-in-x-groq": {},
    "stream-other-usage": _turned(deviates="usage-stream-equals-full"),
    "stream-counts-one-more": _turned(tolerated="usage-stream-equals-full"),
    "usage-stands-still": _turned(deviates="usage-grows usage-stream-equals-full"),
    "usage-pieces": _turned(tolerated="usage-counts-tokens", deviates="usage-stream-equals-full"),
    "usage-cached": _turned(**{"pass": "cache-reported cache-prefix"}),
    "usage-no-details": _turned(absent="cache-reported cache-prefix"),
    "full-reasoning": _turned(**{"pass": "usage-reasoning text-reasoning-field"}),
    "thinks+thoughts-apart": _turned(
        tolerated="usage-sum",
        **{"pass": "param-reasoning-effort usage-reasoning text-reasoning-field"},
    ),
    "thinks+thoughts-hidden+thoughts-in-total": _turned(tolerated="usage-sum"),
    "full-reasoning-uncounted": _turned(
        absent="usage-reasoning", **{"pass": "text-reasoning-field"}
    ),
    # what leaks into the text
    "full-template-token": _turned(deviates="text-no-template", tolerated="logprobs-full"),
    "full-think-tags": _turned(deviates="text-no-thinking", tolerated="logprobs-full"),
    "full-prompt-echo": _turned(deviates="text-no-prompt", tolerated="logprobs-full"),
    "full-leading-space": _turned(tolerated="text-whitespace stream-equals-full"),
    "full-only-reasoning": _turned(
        tolerated="text-not-only-reasoning", absent="usage-reasoning",
        **{"pass": "text-reasoning-field"},
    ),
    "context-cut": _turned(deviates="context-not-cut"),
    # streams
    "ignores-stream": _turned(ignored="stream-is-sse"),
    "refuses-stream": _turned(refused="stream-is-sse"),
    "html-for-stream": _turned(deviates="stream-is-sse stream-no-error-inside"),
    "json-for-stream": _turned(ignored="stream-is-sse"),
    "ndjson": _turned(deviates="stream-is-sse"),
    "no-empty-lines": _turned(deviates="stream-is-sse"),
    "content-type-text": _turned(tolerated="stream-content-type"),
    "bom": _turned(tolerated="stream-framing"),
    "ping": _turned(tolerated="stream-framing"),
    "not-json": _turned(deviates="stream-json"),
    "glued-chunks": _turned(deviates="stream-json"),
    "done-spaces": _turned(tolerated="stream-json stream-done"),
    "model-null": _turned(deviates="stream-chunk-fields"),
    "azure-first": _turned(tolerated="stream-chunk-fields stream-same-id"),
    "message-for-delta": _turned(deviates="stream-delta-shape"),
    "text-for-delta": _turned(deviates="stream-delta-shape"),
    "delta-string": _turned(deviates="stream-delta-shape"),
    "delta-null": _turned(tolerated="stream-delta-shape"),
    "content-list": _turned(tolerated="stream-delta-shape"),
    "index-counts": _turned(deviates="stream-index"),
    "index-null": _turned(tolerated="stream-index"),
    "ids-change": _turned(deviates="stream-same-id"),
    "created-changes": _turned(tolerated="stream-same-created"),
    "filter-async": _turned(
        tolerated="stream-finish-once stream-chunk-fields stream-delta-shape stream-same-id "
        "stream-same-created"
    ),
    "role-everywhere": _turned(tolerated="stream-role-first"),
    "role-missing": _turned(tolerated="stream-role-first"),
    "finish-missing": _turned(deviates="stream-finish-once"),
    "finish-twice": _turned(tolerated="stream-finish-once"),
    "no-done": _turned(tolerated="stream-done"),
    "cut-connection": _turned(
        deviates="stream-complete-transfer responses-stream-end messages-stream"
    ),
    "error-first": _turned(deviates="stream-no-error-inside"),
    "error-inside": _turned(deviates="stream-no-error-inside"),
    "cumulative": _turned(
        deviates="stream-deltas-not-cumulative responses-text-consistent"
    ),
    "lone-surrogate": _turned(deviates="stream-unicode"),
    "data-null": _turned(tolerated="stream-keep-alive"),
    "stream-glues-words": _turned(deviates="stream-equals-full"),
    "stream-loses-start": _turned(deviates="stream-equals-full", tolerated="text-whitespace"),
    # tools
    "ignores-tools": _turned(ignored="tools-forced tools-required"),
    "refuses-tools": _turned(refused=_TOOLS),
    "fails-at-tools": _turned(deviates=_TOOLS),
    "ignores-tool-choice": _turned(ignored="tools-none"),
    "calls-other-name": _turned(tolerated="tools-forced"),
    "calls-only-named": _turned(ignored="tools-required"),
    "calls-in-text": _turned(
        ignored="tools-forced tools-required", deviates="tools-not-in-text"
    ),
    "calls-arguments-object": _turned(deviates="tools-arguments-string tools-stream-arguments"),
    "calls-arguments-python": _turned(deviates="tools-arguments-string tools-stream-arguments"),
    "calls-without-id": _turned(tolerated="tools-call-shape"),
    "calls-without-type": _turned(tolerated="tools-call-shape"),
    "calls-finish-stop": _turned(tolerated="tools-finish-reason"),
    "calls-without-index": _turned(deviates="tools-stream-index tools-two-apart"),
    "calls-from-1": _turned(deviates="tools-stream-index"),
    "calls-all-0": _turned(deviates="tools-two-apart"),
    "calls-same-id": _turned(deviates="tools-two-apart"),
    "calls-name-again": _turned(deviates="tools-stream-name-once"),
    "calls-id-again": _turned(tolerated="tools-stream-name-once"),
    "calls-broken-json": _turned(deviates="tools-stream-arguments"),
    "calls-not-streamed": _turned(ignored="tools-stream-same"),
    "calls-one": {}, "calls-whole": {}, "calls-signed": {}, "calls-short-ids": {},
    "wants-short-ids": _turned(deviates="tools-round-trip"),
    "wants-thoughts-back": _turned(deviates="tools-round-trip"),
    "ignores-parallel-tool-calls": _turned(ignored="tools-parallel"),
    "refuses-parallel-tool-calls": _turned(refused="tools-parallel"),
    "refuses-tool-answers": _turned(deviates="tools-round-trip"),
    # structured output
    "ignores-response-format": _turned(ignored=f"{_SCHEMAS} json-bad-format"),
    "refuses-response-format": _turned(refused=_SCHEMAS),
    "fails-at-response-format": _turned(deviates=f"{_SCHEMAS} json-bad-format"),
    "refuses-json-schema": _turned(refused="json-schema json-schema-stream"),
    "full-fenced": _turned(ignored="json-schema json-object"),
    # embeddings
    "no-embeddings": _turned(absent="embeddings-basic"),
    "embeds-one": _turned(deviates="embeddings-basic"),
    "embeds-backwards": _turned(tolerated="embeddings-order"),
    "embeds-uncounted": _turned(absent="embeddings-usage"),
    "embeds-floats-only": _turned(ignored="embeddings-base64"),
    "embeds-no-base64": _turned(refused="embeddings-base64"),
    "embeds-broken-base64": _turned(deviates="embeddings-base64"),
    "embeds-nan": _turned(deviates="embeddings-basic"),
    "embeds-long": _turned(tolerated="embeddings-unit-length"),
    "ignores-dimensions": _turned(ignored="embeddings-dimensions"),
    "halves-dimensions": _turned(deviates="embeddings-dimensions"),
    "refuses-dimensions": _turned(refused="embeddings-dimensions"),
    # the Responses API
    "responses-not-there": _turned(absent="responses-full"),
    "responses-refused": _turned(refused="responses-full"),
    "responses-full-no-output": _turned(deviates="responses-full responses-turns"),
    "responses-full-no-id": _turned(deviates="responses-shape"),
    "responses-full-no-date": _turned(tolerated="responses-shape"),
    "responses-full-uncounted": _turned(absent="responses-usage"),
    "responses-full-chat-counts": _turned(tolerated="responses-usage"),
    "responses-full-no-reason": _turned(tolerated="responses-incomplete"),
    "responses-full-all-completed": _turned(tolerated="responses-incomplete"),
    "responses-full-chat-calls": _turned(deviates="responses-tools"),
    "responses-chat-chunks": _turned(deviates="responses-full"),
    "responses-refuses-turns": _turned(refused="responses-turns"),
    "responses-fails-at-turns": _turned(deviates="responses-turns"),
    "responses-ignores-tools": _turned(ignored="responses-tools"),
    "responses-refuses-tools": _turned(refused="responses-tools"),
    "responses-ignores-previous": _turned(ignored="responses-previous"),
    "responses-refuses-previous": _turned(absent="responses-previous"),
    "responses-fails-at-previous": _turned(deviates="responses-previous"),
    "responses-never-refuses": _turned(tolerated="responses-error"),
    "responses-fails-without-input": _turned(deviates="responses-error"),
    "responses-no-completed": _turned(deviates="responses-stream-end"),
    "responses-done-only": _turned(deviates="responses-stream-end"),
    "responses-after-end": _turned(tolerated=f"responses-stream-end {_FIELDS}"),
    "responses-failed": _turned(tolerated=_FIELDS),
    "responses-error": _turned(tolerated=_FIELDS),
    "responses-no-created": _turned(deviates=_ORDERS),
    "responses-no-item": _turned(deviates=_ORDERS),
    "responses-no-part": _turned(deviates="responses-stream-order"),
    "responses-late-item": _turned(deviates=_ORDERS, tolerated=_FIELDS),
    "responses-open-item": _turned(deviates=_ORDERS),
    "responses-unfinished": _turned(tolerated="responses-stream-order"),
    "responses-new-ids": _turned(tolerated=_ORDERS),
    "responses-untyped": _turned(deviates=_FIELDS),
    "responses-misnamed": _turned(tolerated=_FIELDS),
    "responses-unnamed": _turned(tolerated=_FIELDS),
    "responses-same-number": _turned(tolerated=_FIELDS),
    "responses-skips-numbers": _turned(tolerated=_FIELDS),
    "responses-no-deltas": _turned(tolerated="responses-text-consistent"),
    "responses-other-text": _turned(deviates="responses-text-consistent"),
    "responses-empty-end": _turned(tolerated="responses-text-consistent"),
    "responses-openai": {}, "responses-done": {}, "responses-incomplete": {},
    # text completions, and Anthropic's messages
    "completions-not-there": _turned(absent="completions-full"),
    "completions-refused": _turned(refused="completions-full"),
    "completions-as-chat": _turned(deviates="completions-full"),
    "completions-not-streamed": _turned(ignored="completions-stream"),
    "completions-no-text": _turned(deviates="completions-stream"),
    "messages-not-there": _turned(absent="messages-full"),
    "messages-refused": _turned(refused="messages-full"),
    "messages-as-chat": _turned(deviates="messages-full"),
    "messages-not-streamed": _turned(ignored="messages-stream"),
    "messages-no-stop": _turned(deviates="messages-stream"),
    "messages-unnamed": _turned(deviates="messages-stream"),
    "messages-no-reason": _turned(tolerated="messages-stop-reason"),
    # legal, or what a named server does on purpose: nothing may turn that is more than a remark
    "crlf": {}, "cr": {}, "multi-line-data": {}, "split-surrogates": {}, "reasoning": {},
    "comments+no-space+blank-lines": {}, "ids+model-prefixed": {},
    "role-with-text+created-ticks+extra-fields+usage-null": {}, "finish-with-text": {},
    "content-null+finish-null-dropped+blank-lines-first+model-dated+full-delta-empty": {},
}  # fmt: skip
