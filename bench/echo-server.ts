/** Our whole server over stdio (pipeline, log, redaction, rendering), but with one tool that says the same again. */
import { openRuntime } from '../src/app.ts';
import { readConfig } from '../src/config/read.ts';
import { listedTools } from '../src/engine/listing.ts';
import { serveStdio } from '../src/mcp/stdio.ts';
import { attachRuntime } from '../src/mcp/v1/server.ts';
import { echo } from './echo-tool.ts';

await serveStdio('0', async (server) => {
  const { runtime, close } = await openRuntime(readConfig({}));
  const tools = new Map([[echo.name, echo]]);
  const stop = attachRuntime(server, {
    ...runtime,
    tools,
    listed: listedTools([echo], runtime.cloudIds, true),
  });
  return async () => {
    await stop();
    await close();
  };
});
process.exit();
