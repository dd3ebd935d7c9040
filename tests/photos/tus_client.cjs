// Uploads one file with the real tus-js-client over connections that break.
// node tus_client.cjs '{"endpoint": …, "token": …, "file": …, "metadata": {…}, "chunk": …, "breaks": …}'
const fs = require("node:fs");
const tus = require("./vendor/tus.min.js");

const order = JSON.parse(process.argv[2]);
const seen = [];
let breaks = order.breaks;

// The library asks for XMLHttpRequest; it takes any other transport with this shape.
class Transport {
  createRequest(method, url) {
    return new Asking(method, url);
  }
  getName() {
    return "fetch";
  }
}

class Asking {
  constructor(method, url) {
    this.method = method;
    this.url = url;
    this.headers = {};
  }
  getMethod() {
    return this.method;
  }
  getURL() {
    return this.url;
  }
  setHeader(name, value) {
    this.headers[name] = value;
  }
  getHeader(name) {
    return this.headers[name];
  }
  setProgressHandler() {}
  abort() {
    return Promise.resolve();
  }
  getUnderlyingObject() {
    return this;
  }
  async send(body) {
    const answer = await fetch(this.url, { method: this.method, headers: this.headers, body });
    await answer.arrayBuffer();
    seen.push(`${this.method} ${answer.status}`);
    if (this.method === "PATCH" && breaks > 0) {
      breaks -= 1;
      throw new Error("the line broke before the answer came");
    }
    return {
      getStatus: () => answer.status,
      getHeader: (name) => answer.headers.get(name) ?? undefined,
      getBody: () => "",
      getUnderlyingObject: () => answer,
    };
  }
}

const upload = new tus.Upload(new Blob([fs.readFileSync(order.file)]), {
  endpoint: order.endpoint,
  headers: { Authorization: `Bearer ${order.token}` },
  metadata: order.metadata,
  chunkSize: order.chunk ?? Infinity,
  uploadDataDuringCreation: order.early ?? false,
  overridePatchMethod: order.override ?? false,
  retryDelays: [0, 10, 20],
  httpStack: new Transport(),
  onError: (error) => {
    console.log(JSON.stringify({ error: String(error), seen }));
    process.exit(1);
  },
  onSuccess: () => console.log(JSON.stringify({ url: upload.url, seen })),
});
upload.start();
