// Loaded before the scanner: whatever it asks, HTTP or HTTPS, whichever host, is asked of this machine. Nothing leaves it.
import http from "node:http";
import https from "node:https";

for (const [scheme, port] of [[http, process.env.HTTP_PORT], [https, process.env.HTTPS_PORT]]) {
  const connect = scheme.Agent.prototype.createConnection;
  scheme.Agent.prototype.createConnection = function (options, done) {
    return connect.call(this, { ...options, host: "127.0.0.1", port }, done);
  };
}
