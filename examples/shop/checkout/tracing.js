// Loaded before everything else (node --require ./tracing.js). The SDK reads the address of the collector, the
// service's name, the sampler and the sizes of batches from OTEL_* variables: `kit env checkout` prints them.
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { UndiciInstrumentation } = require("@opentelemetry/instrumentation-undici");
const { NodeSDK } = require("@opentelemetry/sdk-node");

const sdk = new NodeSDK({
  instrumentations: [
    // Traces of a probe every few seconds are of no use.
    new HttpInstrumentation({ ignoreIncomingRequestHook: (request) => request.url === "/healthz" }),
    new UndiciInstrumentation(),
  ],
});
sdk.start();

// Send the remaining spans before the process exits.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => sdk.shutdown().finally(() => process.exit(0)));
}
