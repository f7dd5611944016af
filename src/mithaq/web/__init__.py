"""The node over HTTP: the log as C2SP tlog-tiles, a JSON API, health and metrics; and the server around them.

`server` runs granian with its workers, `app` is what each worker answers with, `forms` are the JSON forms that commands
share. What is served stands in `openapi.yaml`, which a test holds against the routes. Whatever may be done or read is
decided below, in `node` and `release`; here are only the door (tokens, roles), the limits and the spelling.
"""
