"""LangChain for Python: `ChatOpenAI.stream`, its chunks added up."""

from contract import KEY, Asked, Seen, main
from langchain_openai import ChatOpenAI


def read(asked: Asked, seen: Seen) -> None:
    """Read one stream; what was seen is the sum of the chunks so far."""
    model = ChatOpenAI(model=asked.model, base_url=asked.base_url, api_key=KEY, stream_usage=True)
    chat = model.bind_tools(asked.tools) if asked.tools else model
    whole = None
    for chunk in chat.stream(asked.prompt):
        seen.chunks += 1
        whole = chunk if whole is None else whole + chunk
        seen.text = whole.text
    if whole is None:
        return
    blocks = [block for block in whole.content_blocks if block["type"] == "reasoning"]
    seen.reasoning = "".join(block.get("reasoning", "") for block in blocks)
    seen.finish = whole.response_metadata.get("finish_reason")
    for call in [*whole.tool_calls, *whole.invalid_tool_calls]:
        seen.call(call["id"], call["name"], call["args"])
    if usage := whole.usage_metadata:
        seen.count(usage["input_tokens"], usage["output_tokens"])


if __name__ == "__main__":
    main(read, "langchain-openai", "openai")
