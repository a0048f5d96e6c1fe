"""Stands in for `tfjs-reranker serve --socket PATH`: a pair's logit is the length of its document.

It is full at the first request, ends when it reads "crash", refuses "refuse", and does not start where the file
`broken` lies beside the socket.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

path = Path(sys.argv[sys.argv.index("--socket") + 1])
if (path.parent / "broken").exists():
    sys.exit("the model is broken")
print("model is up", flush=True)
full = ["once"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if full:
            full.pop()
            return self.answer(429, {"message": "full"}, {"Retry-After": "0"})
        texts = body["documents"]
        if "crash" in texts:
            os._exit(1)
        if "refuse" in texts:
            return self.answer(500, {"message": "The model failed."})
        tokens = {"used": 4, "query_cut": 1, "document_cut": 2}
        data = [{"index": i, "score": 0.5, "logit": len(text), "tokens": tokens} for i, text in enumerate(texts)]
        return self.answer(200, {"data": data})

    def answer(self, status, value, headers={}):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, header in {**headers, "Content-Length": len(body)}.items():
            self.send_header(name, str(header))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass


path.unlink(missing_ok=True)
ThreadingUnixStreamServer(str(path), Handler).serve_forever()
