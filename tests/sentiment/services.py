"""Local stand-ins of the sentiment services: they answer in the vendors' documented form, over HTTP.

`score(text)` decides each answer; `failures` are statuses given before, one a request.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chat_pipeline.sentiment import Scorer, discover
from chat_pipeline.settings.sentiment import Sentiment

Answer = tuple[int, dict[str, Any]]


def score(text: str) -> float:
    """'0.7 fine' is 0.7."""
    return float(text.split()[0])


class Service:
    def __init__(self, answer: Callable[[Service, str, Any], Answer]) -> None:
        self.answer, self.failures, self.requests, self.headers = answer, [], [], []
        self.lock = threading.Lock()
        self.address = ""

    def reply(self, path: str, body: bytes, headers: Any) -> Answer:
        with self.lock:
            self.headers.append(dict(headers))
            asked = json.loads(body)
            if self.failures:
                status = self.failures.pop(0)
                # Amazon's clients go by the kind of error, not by the status alone.
                kind = {"__type": "TooManyRequestsException"} if status == 429 else {}
                return status, {"message": "later", "error": {"code": "x", "message": "later"}, **kind}
            self.requests.append(asked)
            return self.answer(self, path, asked)


@contextmanager
def served(answer: Callable[[Service, str, Any], Answer]) -> Iterator[Service]:
    service = Service(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, found = service.reply(self.path, body, self.headers)
            text = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def comprehend(service: Service, path: str, asked: Any) -> Answer:
    """BatchDetectSentiment: at most 25 texts; a text 'broken' or 'later' fails alone."""
    texts = asked["TextList"]
    if len(texts) > 25:
        return 400, {"__type": "BatchSizeLimitExceededException", "Message": "over 25"}
    errors = {"broken": "TEXT_SIZE_LIMIT_EXCEEDED", "later": "INTERNAL_ERROR"}
    results = [
        {
            "Index": n,
            "Sentiment": "MIXED",
            "SentimentScore": {
                "Positive": max(0, score(t)),
                "Negative": max(0, -score(t)),
                "Neutral": 0,
                "Mixed": 0,
            },
        }
        for n, t in enumerate(texts)
        if t not in errors
    ]
    failed = [
        {"Index": n, "ErrorCode": errors[t], "ErrorMessage": "no"} for n, t in enumerate(texts) if t in errors
    ]
    # The order of the answer is not that of the question.
    return 200, {"ResultList": results[::-1], "ErrorList": failed}


def text_analytics(service: Service, path: str, asked: Any) -> Answer:
    """Azure's analyze-text (kind SentimentAnalysis): at most 10 documents."""
    documents = asked["analysisInput"]["documents"]
    if len(documents) > 10:
        return 400, {"error": {"code": "InvalidRequest", "message": "over 10"}}
    codes = {"broken": "InvalidDocument", "later": "InternalServerError"}
    found = [
        {
            "id": d["id"],
            "sentiment": "mixed",
            "confidenceScores": {
                "positive": max(0, score(d["text"])),
                "neutral": 0,
                "negative": max(0, -score(d["text"])),
            },
            "sentences": [],
            "warnings": [],
        }
        for d in documents
        if d["text"] not in codes
    ]
    errors = [
        {"id": d["id"], "error": {"code": codes[d["text"]], "message": "no"}}
        for d in documents
        if d["text"] in codes
    ]
    results = {"documents": found, "errors": errors, "modelVersion": "latest"}
    return 200, {"kind": "SentimentAnalysisResults", "results": results}


def natural_language(service: Service, path: str, asked: Any) -> Answer:
    """documents:analyzeSentiment of version 2, one document a call."""
    text = asked["document"]["content"]
    if text == "broken":
        return 400, {
            "error": {"code": 400, "message": "language not supported", "status": "INVALID_ARGUMENT"}
        }
    return 200, {
        "documentSentiment": {"score": score(text), "magnitude": 1.0},
        "languageCode": "en",
        "sentences": [],
    }


def connect(settings: Sentiment) -> Scorer:
    """The scorer of the engine that settings name."""
    opened = discover()[settings.engine].connect
    assert opened
    return opened(settings)
