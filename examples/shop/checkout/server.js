const http = require("node:http");
const { SpanKind, SpanStatusCode, context, propagation, trace } = require("@opentelemetry/api");
const { createClient } = require("redis");

const STREAM = "orders";
const tracer = trace.getTracer("checkout");
const redis = createClient({ url: process.env.REDIS_URL });
redis.on("error", (error) => console.error(`redis: ${error.message}`));

async function price(item) {
  const answer = await fetch(`${process.env.PRICING_URL}/price?item=${encodeURIComponent(item)}`);
  if (!answer.ok) throw new Error(`pricing answered ${answer.status}`);
  return (await answer.json()).cents;
}

// The trace context is in fields of the entry itself: traceparent, tracestate, baggage.
function send(fields) {
  const attributes = {
    "messaging.system": "redis",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
    "messaging.destination.name": STREAM,
  };
  return tracer.startActiveSpan(`send ${STREAM}`, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    try {
      propagation.inject(context.active(), fields);
      const id = await redis.xAdd(STREAM, "*", fields);
      span.setAttribute("messaging.message.id", id);
      return id;
    } catch (error) {
      span.setAttribute("error.type", error.name);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}

async function handle(request, response) {
  const url = new URL(request.url, "http://localhost");
  response.setHeader("content-type", "application/json");
  if (url.pathname === "/healthz") {
    response.writeHead(redis.isReady ? 200 : 503).end("{}");
  } else if (request.method === "POST" && url.pathname === "/orders") {
    const item = url.searchParams.get("item") ?? "tea";
    const cents = await price(item);
    const order = await send({ item, cents: String(cents) });
    const traceId = trace.getActiveSpan()?.spanContext().traceId;
    response.writeHead(202).end(JSON.stringify({ order, cents, trace_id: traceId }));
  } else {
    response.writeHead(404).end("{}");
  }
}

const server = http.createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    response.writeHead(502).end(JSON.stringify({ error: error.message }));
  });
});

redis.connect().then(() => server.listen(Number(process.env.PORT), process.env.HOST ?? "127.0.0.1"));
