"""What others can listen to. Sent within the write transaction of the change, while its maker is in the circle.

`record_changed`: circle_id (int), the circle of the record; what: "begun", "members", or the prompt whose answer changed.
"""

from blinker import Signal

record_changed = Signal()
