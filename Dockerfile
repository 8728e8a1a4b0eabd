# The app in runtime/, and nothing of the program that deploys it.

# Packages are fetched where npm is; the image that runs has neither npm nor a shell.
FROM node:24-slim AS packages
WORKDIR /app
# A checkout has one lockfile for everything; of it, only what runtime/package.json lists is installed. The npm package
# comes without a lockfile (npm leaves it out), but runtime/package.json names exact versions.
COPY package.json package-lock.jso[n] ./
COPY runtime/package.json runtime/
RUN if [ -f package-lock.json ]; then install=ci; else install=install; fi; \
    npm "$install" --workspace runtime --omit dev --omit optional --ignore-scripts --no-fund --no-audit

FROM gcr.io/distroless/nodejs24-debian13:nonroot
ENV NODE_ENV=production
# The layout of the repository, so that the same command works in a checkout. The base's entrypoint is node.
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY runtime runtime
# As a number: with a name, Kubernetes cannot tell that it is not root.
USER 65532:65532
EXPOSE 5000
CMD ["runtime/start.js"]
