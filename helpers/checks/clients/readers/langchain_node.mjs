// LangChain for JavaScript: `ChatOpenAI.stream`, its chunks added up.
import { ChatOpenAI } from "@langchain/openai";
import { KEY, main } from "./contract.mjs";

async function read(asked, seen) {
  const model = new ChatOpenAI({
    model: asked.model, apiKey: KEY, streamUsage: true, configuration: { baseURL: asked.baseUrl },
  });
  const chat = asked.tools.length ? model.bindTools(asked.tools) : model;
  let whole;
  for await (const chunk of await chat.stream(asked.prompt)) {
    seen.chunks++;
    whole = whole ? whole.concat(chunk) : chunk;
    seen.text = whole.text;
  }
  if (!whole) return;
  seen.reasoning = whole.additional_kwargs?.reasoning_content ?? "";
  seen.finish = whole.response_metadata?.finish_reason ?? null;
  for (const call of [...(whole.tool_calls ?? []), ...(whole.invalid_tool_calls ?? [])]) {
    seen.tool_calls.push({ id: call.id ?? null, name: call.name, arguments: call.args });
  }
  const usage = whole.usage_metadata;
  if (usage) seen.usage = { prompt_tokens: usage.input_tokens, completion_tokens: usage.output_tokens };
}

await main(read, "@langchain/openai", "openai");
