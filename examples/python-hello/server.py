"""Answers with the hours of high water, and the Python that says so."""

import json
import os
import platform
from wsgiref.simple_server import make_server

import tide_table


def app(environ, start_response):
    body = {"python": platform.python_version(), "high_water": tide_table.high_water("04:10", 3)}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


if __name__ == "__main__":
    make_server("", int(os.environ.get("PORT", "5000")), app).serve_forever()
