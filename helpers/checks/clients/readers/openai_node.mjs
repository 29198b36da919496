// openai for Node: the plain loop over chunks, and `.stream()`.
import OpenAI from "openai";
import { KEY, addPiece, main } from "./contract.mjs";

async function read(asked, seen) {
  const client = new OpenAI({ baseURL: asked.baseUrl, apiKey: KEY });
  const body = {
    model: asked.model,
    messages: asked.messages,
    stream: true,
    stream_options: { include_usage: true },
    ...(asked.tools.length ? { tools: asked.tools } : {}),
  };
  await (asked.way === "stream" ? byStream : byLoop)(client, body, seen);
}

async function byLoop(client, body, seen) {
  const calls = {};
  for await (const chunk of await client.chat.completions.create(body)) {
    seen.chunks++;
    if (chunk.usage) count(chunk.usage, seen);
    const choice = chunk.choices[0];
    if (!choice) continue;
    seen.text += choice.delta.content ?? "";
    seen.finish = choice.finish_reason ?? seen.finish;
    for (const piece of choice.delta.tool_calls ?? []) addPiece(calls, piece);
    seen.tool_calls = Object.values(calls);
  }
}

async function byStream(client, body, seen) {
  const stream = client.chat.completions.stream(body);
  stream.on("chunk", () => seen.chunks++);
  stream.on("content", (delta) => (seen.text += delta));
  const completion = await stream.finalChatCompletion();
  const choice = completion.choices[0];
  seen.text = choice.message.content ?? "";
  seen.finish = choice.finish_reason;
  if (completion.usage) count(completion.usage, seen);
  seen.tool_calls = (choice.message.tool_calls ?? []).map((call) => ({
    id: call.id, name: call.function.name, arguments: call.function.arguments,
  }));
}

function count(usage, seen) {
  const { prompt_tokens, completion_tokens } = usage;
  seen.usage = { prompt_tokens, completion_tokens };
}

await main(read, "openai");
