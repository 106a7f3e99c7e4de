"""What others can listen to. Each is sent inside the write transaction of the change: a listener that raises undoes it.

`password_changed`: person_id (int), before and after (the kept hashes; before is None for a first password),
proven (bool: the person typed the old password in this very request; a link proves nothing about who opens it).
`evaluation_changed`: person_ids (frozenset[int]), the people of a role or an assignment that was added, ended,
changed or voided; who evaluates them, or whom they evaluate, may be different now.
`about_to_send`: nothing but that `flask send-mail` runs, every minute or so: what follows from a new day is done then.
"""

from blinker import Signal

password_changed = Signal()
evaluation_changed = Signal()
about_to_send = Signal()
