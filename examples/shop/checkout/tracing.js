// Loaded before everything else (node --require ./tracing.js). Where the spans go, the service's name, the sampler
// and the batches are read by the SDK from OTEL_* variables: `kit env checkout` prints them.
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { UndiciInstrumentation } = require("@opentelemetry/instrumentation-undici");
const { NodeSDK } = require("@opentelemetry/sdk-node");

const sdk = new NodeSDK({
  instrumentations: [
    // A probe every few seconds is no trace that anybody wants to see.
    new HttpInstrumentation({ ignoreIncomingRequestHook: (request) => request.url === "/healthz" }),
    new UndiciInstrumentation(),
  ],
});
sdk.start();

// What has not been sent yet goes out before the process does.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => sdk.shutdown().finally(() => process.exit(0)));
}
