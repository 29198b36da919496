"""LlamaIndex: `OpenAILike.stream_chat`."""

from contract import KEY, Asked, Seen, main
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike


def read(asked: Asked, seen: Seen) -> None:
    """Read one stream; the last response holds the sum of all."""
    model = OpenAILike(
        model=asked.model, api_base=asked.base_url, api_key=KEY, is_chat_model=True,
        is_function_calling_model=True,
    )  # fmt: skip
    messages = [ChatMessage(role="user", content=asked.prompt)]
    last = None
    for last in model.stream_chat(
        messages, stream_options={"include_usage": True}, **asked.offered
    ):
        seen.chunks += 1
        seen.text = last.message.content or ""
        choices = getattr(last.raw, "choices", None)
        seen.finish = (choices and choices[0].finish_reason) or seen.finish
        if usage := getattr(last.raw, "usage", None):
            seen.count(usage.prompt_tokens, usage.completion_tokens)
    if last is None:
        return
    seen.reasoning = "".join(
        block.content or "" for block in last.message.blocks if block.block_type == "thinking"
    )
    for call in model.get_tool_calls_from_response(last, error_on_no_tool_call=False):
        seen.call(call.tool_id, call.tool_name, call.tool_kwargs)


if __name__ == "__main__":
    main(read, "llama-index-llms-openai-like", "openai")
