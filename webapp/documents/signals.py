"""What others can listen to, to have a say in it.

`about_to_sign`: person_id (int). Within the write transaction, before anything is signed; whoever listens may raise.
"""

from blinker import Signal

about_to_sign = Signal()
