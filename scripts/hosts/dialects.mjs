/**
 * Model APIs as far as a scripted model needs them. Each dialect reads a request (which tools are offered, which results
 * of tools the model has been given, oldest first) and writes a reply: one call of a tool, or the last words.
 */

const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));
const stream = (events) => ({
  type: 'text/event-stream',
  body: events
    .map(
      ([name, data]) =>
        `${name === '' ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
    )
    .join(''),
});
const whole = (value) => ({ type: 'application/json', body: JSON.stringify(value) });

/** https://docs.anthropic.com/en/api/messages */
const messages = {
  fits: (path) => path.endsWith('/messages'),
  read: ({ tools = [], messages: turns = [] }) => ({
    tools: tools.map(({ name }) => ({ name })),
    results: turns
      .flatMap(({ content }) => (Array.isArray(content) ? content : []))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => asText(content)),
  }),
  write({ model, stream: isStream }, call, words, id) {
    const block = call
      ? { type: 'tool_use', id: `toolu_${id}`, name: call.name, input: call.args }
      : { type: 'text', text: words };
    const stop_reason = call ? 'tool_use' : 'end_turn';
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = {
      id: `msg_${id}`,
      type: 'message',
      role: 'assistant',
      model,
      stop_sequence: null,
      usage,
    };
    if (!isStream) return whole({ ...message, content: [block], stop_reason });
    const empty = call ? { ...block, input: {} } : { type: 'text', text: '' };
    const delta = call
      ? { type: 'input_json_delta', partial_json: JSON.stringify(call.args) }
      : { type: 'text_delta', text: words };
    return stream(
      [
        { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
        { type: 'content_block_start', index: 0, content_block: empty },
        { type: 'content_block_delta', index: 0, delta },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 1 } },
        { type: 'message_stop' },
      ].map((event) => [event.type, event]),
    );
  },
};

/** https://platform.openai.com/docs/api-reference/responses; Codex groups the tools of a server in a namespace. */
const responses = {
  fits: (path) => path.endsWith('/responses'),
  read({ tools = [], input = [] }) {
    const items = Array.isArray(input) ? input : [];
    const offered = [
      ...tools,
      ...items.flatMap((item) => (item.type === 'additional_tools' ? item.tools : [])),
    ];
    return {
      tools: offered.flatMap((tool) =>
        tool.type === 'namespace'
          ? tool.tools.map(({ name }) => ({ name, namespace: tool.name }))
          : [{ name: tool.name ?? tool.type }],
      ),
      results: items.filter(({ type }) => /call_output$/.test(type)).map(({ output }) => asText(output)),
    };
  },
  write({ model, stream: isStream }, call, words, id) {
    const item = call
      ? {
          type: 'function_call',
          id: `fc_${id}`,
          call_id: `call_${id}`,
          name: call.name,
          ...(call.namespace && { namespace: call.namespace }),
          arguments: JSON.stringify(call.args),
          status: 'completed',
        }
      : {
          type: 'message',
          id: `msg_${id}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: words, annotations: [] }],
        };
    const usage = {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    };
    const response = { id: `resp_${id}`, object: 'response', created_at: 1, model };
    const done = { ...response, status: 'completed', output: [item], usage };
    if (!isStream) return whole(done);
    return stream(
      [
        { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.output_item.done', output_index: 0, item },
        { type: 'response.completed', response: done },
      ].map((event, sequence_number) => [event.type, { ...event, sequence_number }]),
    );
  },
};

/** https://platform.openai.com/docs/api-reference/chat */
const chat = {
  fits: (path) => path.endsWith('/chat/completions'),
  read: ({ tools = [], messages: turns = [] }) => ({
    tools: tools.map((tool) => ({ name: tool.function?.name })),
    results: turns.filter(({ role }) => role === 'tool').map(({ content }) => asText(content)),
  }),
  write({ model, stream: isStream }, call, words, id) {
    const head = { id: `chatcmpl_${id}`, created: 1, model };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const finish_reason = call ? 'tool_calls' : 'stop';
    const made = call && [
      {
        index: 0,
        id: `call_${id}`,
        type: 'function',
        function: { name: call.name, arguments: JSON.stringify(call.args) },
      },
    ];
    const message = { role: 'assistant', content: call ? null : words, ...(made && { tool_calls: made }) };
    if (!isStream)
      return whole({
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason }],
        usage,
      });
    const chunk = (delta, reason) => [
      '',
      { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] },
    ];
    return stream([
      chunk(message, null),
      chunk({}, finish_reason),
      ['', { ...head, object: 'chat.completion.chunk', choices: [], usage }],
      ['', '[DONE]'],
    ]);
  },
};

/** https://ai.google.dev/api/generate-content */
const gemini = {
  fits: (path) => /:(?:stream)?generateContent$/i.test(path),
  read: ({ tools = [], contents = [] }) => ({
    tools: tools.flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name }) => ({ name })),
    ),
    results: contents
      .flatMap(({ parts = [] }) => parts)
      .filter(({ functionResponse }) => functionResponse)
      .map(({ functionResponse }) => asText(functionResponse.response)),
  }),
  write(_request, call, words, id, path) {
    const part = call
      ? { functionCall: { id: `call_${id}`, name: call.name, args: call.args } }
      : { text: words };
    const reply = {
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
    return /:stream/i.test(path) ? stream([['', reply]]) : whole(reply);
  },
};

export const DIALECTS = [messages, responses, chat, gemini];
