# Build: everything the server needs ends up in dist, so that the images carry Node and that folder alone.
FROM node:20-alpine AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN node scripts/build.mjs

FROM node:20-alpine AS program
LABEL org.opencontainers.image.title="gpu-cloud-mcp" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    GPU_MCP_STATE_DIR=/var/lib/gpu-cloud-mcp
RUN mkdir -p "$GPU_MCP_STATE_DIR" && chown node:node "$GPU_MCP_STATE_DIR" && chmod 700 "$GPU_MCP_STATE_DIR"
WORKDIR /app
COPY --from=build --chown=root:root /app/dist ./dist
USER node
VOLUME /var/lib/gpu-cloud-mcp
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/index.js"]

# `docker build --target http`: one server for a team. It drains for up to 25 s: give `docker stop` more than that.
# Without a token (GPU_MCP_HTTP_TOKEN, GPU_MCP_HTTP_TOKEN_FILE) or --oauth-issuer it refuses to start.
FROM program AS http
EXPOSE 8484
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GPU_MCP_HTTP_PORT ?? 8484}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["serve", "--http", "--host", "0.0.0.0"]

# `docker build`, being last: one server for one client, over stdin and stdout. It needs no port and no health check.
FROM program AS stdio
CMD ["serve"]
