"""The extensions the site uses, unbound; the factory binds them. Imports nothing of ours."""

from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx

login = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()
compress = Compress()
limiter = Limiter(key_func=get_remote_address)
