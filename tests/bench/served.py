"""The site with the bare page mounted at /bare, as `python -m tests.bench.served PORT` and for gunicorn's own command."""

import sys

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.bench import bare
from webapp import create_app
from webapp.serving import serve

app = create_app()
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/bare": bare.app})  # type: ignore[method-assign]

if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(sys.argv[1]))
