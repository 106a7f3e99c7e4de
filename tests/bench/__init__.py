"""How fast the site is, beside a bare Flask page on the same server in the same run.

    .venv/bin/python -m tests.bench                 on SQLite, in a temporary folder
    .venv/bin/python -m tests.bench --postgresql    on a PostgreSQL server of its own, if one is installed
    .venv/bin/python -m tests.bench --postgresql postgresql://…    in a new, empty database that you name
    .venv/bin/python -m tests.bench --plans 100,1000               with fewer plans: half a minute
    .venv/bin/python -m tests.bench --plans 100 --only walls       what hides coaching sessions, and what it costs

It prints figures and judges nothing; what they mean, and what they were, is in docs/performance.md.
"""
