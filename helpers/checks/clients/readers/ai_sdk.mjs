// Vercel's AI SDK: `streamText` with the provider for OpenAI-compatible endpoints.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { jsonSchema, streamText, tool } from "ai";
import { KEY, main } from "./contract.mjs";

async function read(asked, seen) {
  const provider = createOpenAICompatible({
    name: "recorded", baseURL: asked.baseUrl, apiKey: KEY, includeUsage: true,
  });
  const tools = Object.fromEntries(asked.tools.map(({ function: one }) => [
    one.name,
    tool({
      description: one.description,
      inputSchema: jsonSchema(one.parameters ?? { type: "object", properties: {} }),
    }),
  ]));
  const result = streamText({
    model: provider(asked.model),
    prompt: asked.prompt,
    ...(asked.tools.length ? { tools } : {}),
    onError: () => {},
  });
  let failure;
  for await (const part of result.fullStream) {
    seen.chunks++;
    if (part.type === "text-delta") seen.text += part.text;
    if (part.type === "reasoning-delta") seen.reasoning += part.text;
    if (part.type === "tool-call") {
      seen.tool_calls.push({ id: part.toolCallId, name: part.toolName, arguments: part.input });
    }
    // The stream goes on after an error, and text may follow.
    if (part.type === "error") failure ??= part.error;
    if (part.type === "finish") {
      seen.finish = part.finishReason;
      const { inputTokens, outputTokens } = part.totalUsage;
      seen.usage = { prompt_tokens: inputTokens ?? null, completion_tokens: outputTokens ?? null };
    }
  }
  if (failure) throw failure;
}

await main(read, "ai", "@ai-sdk/openai-compatible");
