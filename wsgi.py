"""What a web server runs."""

from webapp import create_app

app = create_app()
