"""Pydantic AI: an agent's run, streamed; its tools are left for its caller to run."""

import asyncio

from contract import KEY, Asked, Seen, main
from pydantic_ai import Agent, DeferredToolRequests, ToolDefinition
from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.toolsets import ExternalToolset


def read(asked: Asked, seen: Seen) -> None:
    """Run the agent and read what it keeps of the model's first response."""
    model = OpenAIChatModel(
        asked.model, provider=OpenAIProvider(base_url=asked.base_url, api_key=KEY)
    )
    functions = [tool["function"] for tool in asked.tools]
    tools = ExternalToolset([
        ToolDefinition(
            name=one["name"], description=one.get("description"),
            parameters_json_schema=one.get("parameters") or {"type": "object"},
        )
        for one in functions
    ])  # fmt: skip
    agent = Agent(model, output_type=[str, DeferredToolRequests], toolsets=[tools])
    asyncio.run(run(agent, asked.prompt, seen))


async def run(agent: Agent, prompt: str, seen: Seen) -> None:
    """Stream each of the agent's requests; repeated ones are counted where they are served."""
    first = True
    async with agent.iter(prompt) as going:
        async for node in going:
            if not Agent.is_model_request_node(node):
                continue
            async with node.stream(going.ctx) as stream:
                async for _ in stream:
                    seen.chunks += first
                if first:
                    take(stream.response, seen)
            first = False


def take(response: ModelResponse, seen: Seen) -> None:
    """Note the contents of a model's response."""
    for part in response.parts:
        if isinstance(part, TextPart):
            seen.text += part.content
        elif isinstance(part, ThinkingPart):
            seen.reasoning += part.content
        elif isinstance(part, ToolCallPart):
            seen.call(part.tool_call_id, part.tool_name, part.args)
    seen.finish = response.finish_reason
    seen.count(response.usage.input_tokens, response.usage.output_tokens)


if __name__ == "__main__":
    main(read, "pydantic-ai-slim", "openai")
