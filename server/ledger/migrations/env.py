"""Run by Alembic: applies the revisions on the connection that `server.ledger.database` hands over.

A new revision is written by hand in `versions`, as `vNNNN_what_it_does.py`; the test that compares
it with `server.ledger.schema` prints what is missing.
"""

from alembic import context

from server.ledger.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
