# Build: everything the server needs ends up in one file, so that the image carries Node and that file alone.
FROM node:20-alpine AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN node scripts/build.mjs

FROM node:20-alpine
LABEL org.opencontainers.image.title="gpu-cloud-mcp" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    GPU_MCP_STATE_DIR=/var/lib/gpu-cloud-mcp
RUN mkdir -p "$GPU_MCP_STATE_DIR" && chown node:node "$GPU_MCP_STATE_DIR" && chmod 700 "$GPU_MCP_STATE_DIR"
WORKDIR /app
COPY --from=build --chown=root:root /app/dist ./dist
USER node
VOLUME /var/lib/gpu-cloud-mcp
EXPOSE 8484
# Node is told to end by a signal, drains for up to 25 s and exits 0: give `docker stop` more than that.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GPU_MCP_HTTP_PORT ?? 8484}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Without a token (GPU_MCP_HTTP_TOKEN, GPU_MCP_HTTP_TOKEN_FILE) or --oauth-issuer the server refuses to start here.
ENTRYPOINT ["node", "dist/index.js"]
CMD ["serve", "--http", "--host", "0.0.0.0"]
